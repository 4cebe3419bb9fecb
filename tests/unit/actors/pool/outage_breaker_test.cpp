#include "actors/pool/outage_breaker.hpp"

#include <doctest/doctest.h>
namespace outage_breaker_test {

using namespace tidemark;
using namespace std::chrono_literals;

using news = outage_breaker::news;

struct account {
  explicit account(std::uint32_t after = 5) : breaker({.after = after, .pause = 60s, .seed = 3}) {}

  news fail(transfer_id lease, std::size_t others = 3, bool probe = false, ec code = ec::transport) {
    return breaker.failed(lease, "why", code, probe, others, now);
  }

  outage_breaker breaker;
  outage_breaker::time_point now{1h};
};

TEST_CASE("a failure after which the account answers is the request's own") {
  account it;
  it.fail(1);
  CHECK(it.breaker.verdict(1) == std::nullopt);
  it.breaker.answered();
  CHECK(it.breaker.verdict(1) == false);
}

TEST_CASE("failures that a failed probe tells to be an outage are nobody's own, the first ones included") {
  account it;
  for (transfer_id i = 1; i <= 4; ++i) CHECK(it.fail(i) == news::none);
  CHECK(it.breaker.verdict(1) == std::nullopt);
  CHECK(it.fail(5) == news::down);
  CHECK(it.breaker.only_probes());
  CHECK(it.breaker.next_probe() == it.now);
  CHECK(it.breaker.verdict(5) == std::nullopt);
  it.fail(6, 0, true);
  CHECK_FALSE(it.breaker.only_probes());
  for (transfer_id i = 1; i <= 6; ++i) CHECK(it.breaker.verdict(i) == true);
  it.fail(7);
  CHECK(it.breaker.verdict(7) == true);
}

TEST_CASE("failures in a row are the requests' own if the first probe is answered") {
  account it;
  for (transfer_id i = 1; i <= 5; ++i) it.fail(i);
  CHECK(it.breaker.answered() == news::up);
  for (transfer_id i = 1; i <= 5; ++i) CHECK(it.breaker.verdict(i) == false);
}

TEST_CASE("where nobody sends a probe for long, failures in a row count as an outage") {
  account it{1};
  it.fail(1);
  it.now += outage_breaker::judgement;
  it.breaker.advance(false, 1s, it.now);
  CHECK(it.breaker.verdict(1) == true);
  CHECK_FALSE(it.breaker.only_probes());
}

TEST_CASE("a failure is not judged by its age while questions get no answer either") {
  account it;
  it.fail(1, 0);
  for (transfer_id question = 2; question <= 4; ++question) {
    it.now += 10s;
    it.breaker.unanswered(it.now);
    CHECK(it.fail(question, 0) == news::suspect);
    it.breaker.advance(false, 1s, it.now);
    CHECK(it.breaker.verdict(1) == std::nullopt);
  }
  it.now += 10s;
  it.breaker.unanswered(it.now);
  CHECK(it.fail(5, 0) == news::down);
  it.fail(6, 0, true);
  CHECK(it.breaker.verdict(1) == true);
}

TEST_CASE("a failure that is alone asks for a probe, and is judged by its age if there is none") {
  account it;
  CHECK(it.fail(1, 0) == news::suspect);
  CHECK(it.breaker.next_step(1s) == it.now + outage_breaker::judgement);
  it.now += outage_breaker::judgement;
  it.breaker.advance(true, 1s, it.now); // somebody asks the account at this moment
  CHECK(it.breaker.verdict(1) == std::nullopt);
  it.breaker.advance(false, 1s, it.now);
  CHECK(it.breaker.verdict(1) == false);
}

TEST_CASE("a failure whose neighbours do not tell asks for a probe, once, and again if that fails") {
  account it;
  CHECK(it.fail(1, 3) == news::none);
  CHECK(it.breaker.next_step(1s) == it.now + 1s);
  it.now += 999ms;
  CHECK(it.breaker.advance(false, 1s, it.now) == news::none);
  it.now += 1ms;
  CHECK(it.breaker.advance(false, 1s, it.now) == news::suspect);
  CHECK(it.breaker.advance(false, 1s, it.now) == news::none);
  it.now += 2s;
  CHECK(it.breaker.advance(true, 1s, it.now) == news::none);
  it.breaker.unanswered(it.now);
  it.now += 1s;
  CHECK(it.breaker.advance(false, 1s, it.now) == news::suspect);
  CHECK(it.breaker.verdict(1) == std::nullopt);
  it.breaker.answered();
  CHECK(it.breaker.verdict(1) == false);
  CHECK(it.breaker.next_step(1s) == std::nullopt);
  CHECK(it.fail(2, 3) == news::none);
  CHECK(it.breaker.next_step(1s) == it.now + 1s);
}

TEST_CASE("a failure for which a probe is asked at once asks for no second one") {
  account it;
  CHECK(it.fail(1, 0) == news::suspect);
  it.now += 2s;
  CHECK(it.breaker.advance(false, 1s, it.now) == news::none);
  CHECK(it.breaker.next_step(1s) == it.now + 3s);
}

TEST_CASE("maintenance is an outage at its first answer") {
  account it;
  CHECK(it.fail(1, 3, false, ec::maintenance) == news::down);
  CHECK(it.breaker.verdict(1) == true);
  CHECK(it.breaker.reason() == "why");
}

TEST_CASE("an outage that lasts is told of with each probe, and once when it is over") {
  account it{1};
  CHECK(it.fail(1) == news::down);
  it.now += 59s;
  CHECK(it.fail(2, 0, true) == news::none);
  it.now += 1s;
  CHECK(it.fail(3, 0, true) == news::unavailable);
  CHECK(it.fail(4, 0, true) == news::unavailable);
  CHECK(it.breaker.answered() == news::up);
  CHECK(it.breaker.answered() == news::none);
  CHECK_FALSE(it.breaker.is_open());
}

TEST_CASE("probes grow apart, late failures of older requests do not put them off") {
  account it{1};
  it.fail(1);
  it.fail(100, 0, true);
  auto first = it.breaker.next_probe();
  CHECK(first - it.now >= 500ms);
  CHECK(first - it.now <= 1s);
  it.fail(2);
  CHECK(it.breaker.next_probe() == first);
  for (transfer_id i = 3; i < 12; ++i) it.fail(i, 0, true);
  CHECK(it.breaker.next_probe() - it.now >= 7500ms);
  CHECK(it.breaker.next_probe() - it.now <= 15s);
}

TEST_CASE("a failure that nobody knows of is the request's own, and old verdicts are forgotten") {
  account it{1};
  CHECK(it.breaker.verdict(99) == false);
  for (transfer_id i = 1; i <= 5000; ++i) it.fail(i, 0, true);
  CHECK(it.breaker.verdict(5000) == true);
  CHECK(it.breaker.verdict(1) == false);
}

} // namespace outage_breaker_test
