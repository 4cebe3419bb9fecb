#include "actors/pool/slot_policy.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace slot_policy_test {

using namespace tidemark;
using namespace std::chrono_literals;

using news = outage_breaker::news;
using fate = slot_policy::decision::outcome;

/// A policy with a clock of its own, so that a test reads as a story.
struct account {
  explicit account(std::uint32_t limit = 3) : account(slot_policy_options{.limit = limit, .seed = 7}) {}
  explicit account(const slot_policy_options& options) : policy(options) {}

  void ask(slot_policy::waiter_id waiter, bool first = false) {
    policy.enqueue({waiter, "import", {}, first});
  }

  /// With a login, of a tenant of its own unless another is named.
  void ask_signed(slot_policy::waiter_id waiter, std::uint64_t login = 1, const std::string& tenant = "one",
                  slot_purpose what = slot_purpose::work) {
    slot_policy::ask wanted{waiter, "import of " + tenant};
    wanted.credential = tenant;
    wanted.login = login;
    wanted.what = what;
    policy.enqueue(wanted);
  }

  /// The waiters that get a slot now.
  std::vector<slot_policy::waiter_id> grants() {
    std::vector<slot_policy::waiter_id> served;
    for (auto& granted : policy.advance(now)) {
      if (granted.what != fate::granted) {
        turned_away.push_back(granted);
        continue;
      }
      served.push_back(granted.waiter);
      leases[granted.waiter] = granted.lease;
      if (granted.probe) probes.push_back(granted.waiter);
    }
    return served;
  }

  news close(slot_policy::waiter_id waiter, ec code = ec::none, std::chrono::seconds retry_after = 0s) {
    return policy.close({leases.at(waiter), code, 200ms, retry_after, true, "why"}, now).account;
  }

  void never_opened(slot_policy::waiter_id waiter) {
    policy.close({leases.at(waiter), ec::cancelled, {}, {}, false, {}}, now);
  }

  /// To the moment at which the policy wants to be asked again.
  void wake() {
    auto at = policy.wake_at();
    REQUIRE(at);
    REQUIRE(*at > now);
    now = *at;
  }

  slot_policy policy;
  slot_policy::time_point now{1h};
  std::map<slot_policy::waiter_id, transfer_id> leases;
  std::vector<slot_policy::waiter_id> probes;
  std::vector<slot_policy::decision> turned_away;
};

using waiters = std::vector<slot_policy::waiter_id>;

/// One that is known to take `edge` requests of `limit`. None is open.
account account_with_an_edge(std::uint32_t limit, std::uint32_t edge) {
  account it{limit};
  for (slot_policy::waiter_id i = 1; i <= limit; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = edge + 1; i <= limit; ++i) it.close(i, ec::refused);
  for (slot_policy::waiter_id i = 1; i <= edge; ++i) it.close(i);
  REQUIRE(it.policy.effective() == edge);
  it.now += 10s;
  return it;
}

/// Five waiters on a limit of 5, of which each was served and then failed, and then a probe too.
account account_that_went_down() {
  account it{slot_policy_options{.limit = 5, .outage_after = 5, .outage_pause = 60s, .seed = 7}};
  for (slot_policy::waiter_id i = 1; i <= 5; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 1; i <= 5; ++i) it.close(i, ec::transport);
  it.ask_signed(6, 0, "one", slot_purpose::probe);
  it.grants();
  it.close(6, ec::transport);
  it.probes.clear();
  return it;
}

TEST_CASE("slots are granted in the order of asking, up to the limit") {
  account it{2};
  for (slot_policy::waiter_id i = 1; i <= 4; ++i) it.ask(i);
  CHECK(it.grants() == waiters{1, 2});
  CHECK(it.grants().empty());
  CHECK(it.policy.waiting() == 2);
  it.close(2);
  CHECK(it.grants() == waiters{3});
  CHECK(it.policy.in_use() == 2);
  CHECK(it.policy.granted() == 3);
}

TEST_CASE("a limit of zero still lets one request through") {
  account it{0};
  it.ask(1);
  CHECK(it.grants() == waiters{1});
  CHECK(it.policy.limit() == 1);
}

TEST_CASE("a refused request goes before those that have waited longer") {
  account it{1};
  it.ask(1);
  it.grants();
  it.ask(2);
  it.close(1, ec::refused);
  it.ask(3, true);
  it.wake();
  CHECK(it.grants() == waiters{3});
}

TEST_CASE("a waiter that left is not served") {
  account it{1};
  it.ask(1);
  it.ask(2);
  it.policy.forget(1);
  it.policy.forget(99);
  CHECK(it.grants() == waiters{2});
}

TEST_CASE("closing a lease twice, or one that is not ours, changes nothing") {
  account it{1};
  it.ask(1);
  it.ask(2);
  it.grants();
  CHECK(it.close(1) == news::none);
  it.grants();
  CHECK(it.close(1, ec::refused) == news::none);
  CHECK_FALSE(it.policy.close({12345, ec::transport, 1s, 0s, true, ""}, it.now).known);
  CHECK(it.policy.in_use() == 1);
  CHECK(it.policy.refused() == 0);
}

TEST_CASE("a burst of refusals takes the limit at once to what was accepted, in whatever order it is told") {
  for (auto& refused : {waiters{5, 6, 7, 8, 9, 10}, waiters{10, 9, 8, 7, 6, 5}, waiters{1, 10, 3, 8, 5, 6}}) {
    account it{10};
    for (slot_policy::waiter_id i = 1; i <= 10; ++i) it.ask(i);
    it.grants();
    for (auto i : refused) it.close(i, ec::refused);
    CHECK(it.policy.effective() == 4);
    CHECK(it.policy.refused() == 6);
  }
}

TEST_CASE("an answer that comes between two refusals of a burst takes nothing from what was accepted") {
  account it{10};
  for (slot_policy::waiter_id i = 1; i <= 10; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 5; i <= 9; ++i) it.close(i, ec::refused);
  it.close(1);
  it.close(10, ec::refused);
  CHECK(it.policy.effective() == 4);
}

TEST_CASE("while requests from before a limit fell are open, each refusal takes the limit down with them") {
  account it{10};
  for (slot_policy::waiter_id i = 1; i <= 10; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 1; i <= 6; ++i) {
    it.close(i);
    it.ask(10 + i, true);
    it.now += 10s;
    REQUIRE(it.grants() == waiters{10 + i});
    it.close(10 + i, ec::refused);
    CHECK(it.policy.effective() == 10 - i);
  }
}

TEST_CASE("however often NetSuite refuses, one slot stays") {
  account it{4};
  for (slot_policy::waiter_id i = 1; i <= 20; ++i) {
    it.ask(i);
    it.now += 10s;
    REQUIRE(it.grants() == waiters{i});
    it.close(i, ec::refused);
  }
  CHECK(it.policy.effective() == 1);
}

TEST_CASE("a refusal pauses grants for a moment that grows with each burst") {
  account it{1};
  auto longest = 0ns;
  for (slot_policy::waiter_id i = 1; i <= 10; ++i) {
    it.ask(i);
    it.grants();
    it.close(i, ec::refused);
    it.ask(100 + i);
    CHECK(it.grants().empty());
    auto before = it.now;
    it.wake();
    auto pause = it.now - before;
    CHECK(pause >= 50ms);
    CHECK(pause <= 5s);
    longest = std::max<std::chrono::nanoseconds>(longest, pause);
    REQUIRE(it.grants() == waiters{100 + i});
    it.never_opened(100 + i);
  }
  CHECK(longest > 2s);
}

TEST_CASE("refusals of requests that were open together pause grants as one") {
  account it{20};
  for (slot_policy::waiter_id i = 1; i <= 21; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 1; i <= 20; ++i) it.close(i, ec::refused);
  auto before = it.now;
  it.wake();
  CHECK(it.now - before <= 100ms);
}

TEST_CASE("Retry-After is obeyed, and no later refusal shortens it") {
  account it{2};
  for (slot_policy::waiter_id i = 1; i <= 3; ++i) it.ask(i);
  it.grants();
  it.close(1, ec::refused, 30s);
  it.close(2, ec::refused);
  auto before = it.now;
  it.wake();
  CHECK(it.now - before == 30s);
  CHECK(it.grants() == waiters{3});
}

TEST_CASE("the limit grows back while it is fully used") {
  auto it = account_with_an_edge(5, 3);
  slot_policy::waiter_id next = 10;
  for (int i = 0; i < 100; ++i) it.ask(next + static_cast<slot_policy::waiter_id>(i));
  it.grants();
  for (int i = 0; i < 60; ++i) {
    it.close(next++);
    it.grants();
  }
  CHECK(it.policy.effective() == 5);
}

TEST_CASE("the limit does not grow while slots lie idle") {
  auto it = account_with_an_edge(5, 3);
  for (slot_policy::waiter_id i = 10; i < 60; ++i) {
    it.ask(i);
    it.grants();
    it.close(i);
  }
  CHECK(it.policy.effective() == 3);
}

TEST_CASE("a cancelled transfer keeps its slot for about one response time") {
  account it{1};
  it.ask(1);
  it.grants();
  it.close(1, ec::cancelled);
  it.ask(2);
  CHECK(it.grants().empty());
  CHECK(it.policy.in_use() == 1);
  CHECK(it.policy.lingering() == 1);
  auto before = it.now;
  it.wake();
  CHECK(it.now - before == 1s);
  CHECK(it.grants() == waiters{2});
  CHECK(it.policy.lingering() == 0);
}

TEST_CASE("a lease that never opened a transfer is free at once") {
  account it{1};
  it.ask(1);
  it.grants();
  it.never_opened(1);
  it.ask(2);
  CHECK(it.grants() == waiters{2});
}

TEST_CASE("a kept connection that was dead frees its slot at once and says nothing, neither bad nor good") {
  account it{slot_policy_options{.limit = 1, .outage_after = 1, .seed = 7}};
  it.ask(1);
  it.grants();
  it.close(1, ec::connection_lost);
  it.ask(2);
  CHECK(it.grants() == waiters{2});
  CHECK_FALSE(it.policy.outage());
  CHECK(it.policy.refused() == 0);
  it.close(2, ec::transport);
  REQUIRE(it.policy.outage());
  it.ask(3);
  it.wake();
  CHECK(it.grants() == waiters{3});
  it.close(3, ec::connection_lost);
  CHECK(it.policy.outage());
}

TEST_CASE("an account counts as down after several failures in a row, not before") {
  account it{slot_policy_options{.limit = 9, .outage_after = 5, .seed = 7}};
  for (slot_policy::waiter_id i = 1; i <= 9; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 1; i <= 4; ++i) it.close(i, ec::server);
  CHECK_FALSE(it.policy.outage());
  it.close(5);
  for (slot_policy::waiter_id i = 6; i <= 9; ++i) it.close(i, ec::timeout);
  CHECK_FALSE(it.policy.outage());
  it.ask(10);
  it.grants();
  it.close(10, ec::transport);
  CHECK(it.policy.outage());
  CHECK(it.policy.outage_reason() == "why");
}

TEST_CASE("work that fails by itself does not pass for an outage: the first probe is nobody's work") {
  account it{slot_policy_options{.limit = 3, .outage_after = 3, .seed = 7}};
  for (slot_policy::waiter_id i = 1; i <= 4; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 1; i <= 3; ++i) it.close(i, ec::server);
  CHECK(it.policy.outage());
  CHECK(it.grants().empty());
  CHECK(it.policy.is_excused(it.leases[1]) == std::nullopt);
  it.ask_signed(5, 0, "one", slot_purpose::probe);
  CHECK(it.grants() == waiters{5});
  it.close(5);
  CHECK_FALSE(it.policy.outage());
  for (slot_policy::waiter_id i = 1; i <= 3; ++i) CHECK(it.policy.is_excused(it.leases[i]) == false);
  CHECK(it.grants() == waiters{4});
}

TEST_CASE("where nobody sends a probe, work goes as one after a while") {
  account it{slot_policy_options{.limit = 3, .outage_after = 3, .seed = 7}};
  for (slot_policy::waiter_id i = 1; i <= 4; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 1; i <= 3; ++i) it.close(i, ec::server);
  auto since = it.now;
  it.wake();
  CHECK(it.now - since == outage_breaker::judgement);
  CHECK(it.grants() == waiters{4});
  CHECK(it.probes == waiters{4});
  CHECK(it.policy.is_excused(it.leases[1]) == true);
}

TEST_CASE("maintenance closes the account at the first answer") {
  account it;
  it.ask(1);
  it.grants();
  it.close(1, ec::maintenance);
  CHECK(it.policy.outage());
}

TEST_CASE("an account that is down gets one probe at a time") {
  auto it = account_that_went_down();
  REQUIRE(it.policy.outage());
  for (slot_policy::waiter_id i = 11; i <= 20; ++i) it.ask(i);
  CHECK(it.grants().empty());
  it.wake();
  CHECK(it.grants() == waiters{11});
  CHECK(it.probes == waiters{11});
  it.now += 1h;
  CHECK(it.grants().empty());
  CHECK_FALSE(it.policy.wake_at());
}

TEST_CASE("probes come in growing distances, up to the longest") {
  auto it = account_that_went_down();
  std::vector<std::chrono::nanoseconds> distances;
  for (slot_policy::waiter_id i = 11; i <= 20; ++i) {
    it.ask(i);
    auto before = it.now;
    it.wake();
    distances.push_back(it.now - before);
    REQUIRE(it.grants() == waiters{i});
    it.close(i, ec::transport);
  }
  CHECK(distances.front() >= 500ms);
  CHECK(distances.front() <= 1s);
  CHECK(distances[2] >= 2s);
  CHECK(distances.back() >= 7500ms);
  CHECK(distances.back() <= 15s);
}

TEST_CASE("late failures of older requests do not put the next probe off") {
  account it{slot_policy_options{.limit = 20, .outage_after = 5, .seed = 7}};
  for (slot_policy::waiter_id i = 1; i <= 20; ++i) it.ask(i);
  it.grants();
  for (slot_policy::waiter_id i = 1; i <= 6; ++i) it.close(i, ec::timeout);
  it.ask_signed(29, 0, "one", slot_purpose::probe);
  it.grants();
  it.close(29, ec::timeout);
  for (slot_policy::waiter_id i = 7; i <= 19; ++i) it.close(i, ec::timeout);
  it.ask(30);
  auto before = it.now;
  it.wake();
  CHECK(it.now - before <= 1s);
  CHECK(it.grants() == waiters{30});
  CHECK(it.policy.open_leases(0s, it.now).size() == 2);
}

TEST_CASE("a probe needs a free slot like any other request") {
  account it{slot_policy_options{.limit = 1, .outage_after = 1, .seed = 7}};
  it.ask(1);
  it.grants();
  it.close(1, ec::transport);
  it.ask(2);
  it.wake();
  REQUIRE(it.grants() == waiters{2});
  it.close(2, ec::cancelled);
  it.ask(3);
  while (it.policy.lingering() > 0) {
    CHECK(it.policy.in_use() <= 1);
    it.wake();
    it.grants();
  }
  CHECK(it.probes == waiters{2, 3});
}

TEST_CASE("a cancelled probe does not bring the next one closer") {
  account it{slot_policy_options{.limit = 5, .outage_after = 1, .seed = 7}};
  it.ask(1);
  it.grants();
  it.close(1, ec::transport);
  it.ask(2);
  it.wake();
  REQUIRE(it.grants() == waiters{2});
  it.close(2, ec::cancelled);
  it.ask(3);
  CHECK(it.grants().empty());
  it.wake();
  CHECK(it.grants() == waiters{3});
}

TEST_CASE("the first answer ends an outage and opens every slot") {
  auto it = account_that_went_down();
  for (slot_policy::waiter_id i = 11; i <= 16; ++i) it.ask(i);
  it.wake();
  it.grants();
  CHECK(it.close(11) == news::up);
  CHECK_FALSE(it.policy.outage());
  CHECK(it.policy.outage_reason().empty());
  CHECK(it.grants() == waiters{12, 13, 14, 15, 16});
}

TEST_CASE("an outage is told of when it has lasted, and again when it is over") {
  auto it = account_that_went_down();
  auto since = it.now;
  slot_policy::waiter_id next = 11;
  auto probe_with = [&](ec code) {
    it.ask(next);
    it.wake();
    it.grants();
    return it.close(next++, code);
  };
  auto told = news::none;
  while (told == news::none) told = probe_with(ec::transport);
  CHECK(told == news::unavailable);
  CHECK(it.now - since >= 60s);
  CHECK(probe_with(ec::server) == news::unavailable);
  CHECK(probe_with(ec::none) == news::up);
}

TEST_CASE("leases of two pools with different seeds do not meet") {
  slot_policy one{{.limit = 1, .seed = 1}};
  slot_policy other{{.limit = 1, .seed = 2}};
  one.enqueue({1, "import"});
  other.enqueue({1, "import"});
  CHECK(one.advance({}).front().lease != other.advance({}).front().lease);
}

TEST_CASE("imports take turns, and scheduled ones wait for those of people") {
  account it{1};
  for (slot_policy::waiter_id i = 1; i <= 3; ++i) it.policy.enqueue({i, "a"});
  it.policy.enqueue({10, "b"});
  it.policy.enqueue({20, "c", urgency::scheduled});
  waiters order;
  for (auto served = it.grants(); !served.empty(); served = it.grants()) {
    order.push_back(served.front());
    it.close(served.front());
  }
  CHECK(order == waiters{1, 10, 2, 3, 20});
}

TEST_CASE("slots that are left to others are never granted, but one stays ours") {
  account it{slot_policy_options{.limit = 5, .reserve = 2, .seed = 7}};
  for (slot_policy::waiter_id i = 1; i <= 5; ++i) it.ask(i);
  CHECK(it.grants() == waiters{1, 2, 3});
  account greedy{slot_policy_options{.limit = 2, .reserve = 5, .seed = 7}};
  greedy.ask(1);
  greedy.ask(2);
  CHECK(greedy.grants() == waiters{1});
}

TEST_CASE("a lower limit holds for the next grants, a higher one at once") {
  account it{3};
  for (slot_policy::waiter_id i = 1; i <= 6; ++i) it.ask(i);
  CHECK(it.grants() == waiters{1, 2, 3});
  it.policy.set_limit(1);
  it.close(1);
  CHECK(it.grants().empty());
  it.policy.set_limit(4);
  CHECK(it.grants() == waiters{4, 5});
}

TEST_CASE("a reset forgets what was learnt and leases that nobody knows of, whose late end changes nothing") {
  account it{4};
  for (slot_policy::waiter_id i = 1; i <= 4; ++i) it.ask(i);
  it.grants();
  it.close(4, ec::refused);
  REQUIRE(it.policy.effective() == 3);
  it.now += 2min;
  it.ask(5);
  auto old = it.policy.open_leases(1min, it.now);
  REQUIRE(old.size() == 3);
  it.policy.reset({old[0], old[1]});
  CHECK(it.policy.effective() == 4);
  CHECK(it.policy.in_use() == 1);
  CHECK(it.grants() == waiters{5});
  CHECK((it.leases[5] >> 32U) == (old[0] >> 32U) + 1);
  CHECK_FALSE(it.policy.close({old[0], ec::refused, 1s, 0s, true, ""}, it.now).known);
  CHECK(it.policy.effective() == 4);
  CHECK(it.policy.in_use() == 2);
}

TEST_CASE("a step up that is refused pauses nothing") {
  auto it = account_with_an_edge(4, 2);
  slot_policy::waiter_id next = 10;
  for (int i = 0; i < 60; ++i) it.ask(next + static_cast<slot_policy::waiter_id>(i));
  it.grants();
  while (it.policy.effective() == 2) {
    it.close(next++);
    it.grants();
  }
  REQUIRE(it.policy.effective() == 3);
  it.now += 10s;
  it.close(next++, ec::refused);
  CHECK(it.policy.effective() == 2);
  it.close(next++);
  CHECK(it.grants().size() == 1);
}

TEST_CASE("two tenants of one account share its slots evenly, however many imports each has") {
  account it{2};
  auto ask = [&](slot_policy::waiter_id waiter, const std::string& tenant, const std::string& import) {
    slot_policy::ask wanted{waiter, import};
    wanted.credential = tenant;
    it.policy.enqueue(wanted);
  };
  for (slot_policy::waiter_id i = 0; i < 12; ++i) ask(10 + i, "many", "import " + std::to_string(i % 4));
  for (slot_policy::waiter_id i = 0; i < 6; ++i) ask(30 + i, "one", "import");
  for (int round = 0; round < 6; ++round) {
    auto served = it.grants();
    REQUIRE(served.size() == 2);
    CHECK(std::ranges::count_if(served, [](auto i) { return i >= 30; }) == 1);
    for (auto i : served) it.close(i);
  }
}

TEST_CASE("a login is tried alone first, others go on beside it") {
  account it{5};
  it.ask_signed(1);
  it.ask_signed(2);
  it.ask_signed(3, 1, "two");
  CHECK(it.grants() == waiters{1, 3});
  it.close(1);
  CHECK(it.grants() == waiters{2});
}

TEST_CASE("a 401 closes the login; one that passes alone was a refusal and lowers the limit") {
  account it{4};
  it.ask_signed(1);
  it.grants();
  it.close(1);
  for (slot_policy::waiter_id i = 2; i <= 5; ++i) it.ask_signed(i);
  it.grants();
  it.close(2, ec::authentication);
  it.ask_signed(6, 2);
  it.ask_signed(7, 2);
  CHECK(it.grants().empty());
  for (slot_policy::waiter_id i = 3; i <= 5; ++i) it.close(i);
  CHECK(it.grants() == waiters{6});
  CHECK(it.policy.refused() == 0);
  it.close(6);
  CHECK(it.policy.refused() == 1);
  CHECK(it.policy.disguised() == 1);
  CHECK(it.policy.effective() == 3);
  it.wake();
  CHECK(it.grants() == waiters{7});
}

TEST_CASE("a login that ends takes all requests along, and the limit is soon back") {
  account it{8};
  it.ask_signed(1);
  it.grants();
  it.close(1);
  for (slot_policy::waiter_id i = 2; i <= 9; ++i) it.ask_signed(i);
  it.grants();
  for (slot_policy::waiter_id i = 2; i <= 9; ++i) it.close(i, ec::authentication);
  for (slot_policy::waiter_id i = 10; i <= 40; ++i) it.ask_signed(i, 2);
  CHECK(it.grants() == waiters{10});
  it.close(10);
  CHECK(it.policy.disguised() == 8);
  CHECK(it.policy.effective() == 1);
  it.wake();
  for (auto open = it.grants(); it.policy.effective() < 8; open = it.grants()) {
    REQUIRE_FALSE(open.empty());
    for (auto i : open) it.close(i);
  }
  CHECK(it.leases.rbegin()->first < 30);
}

TEST_CASE("a login that is refused twice turns everyone away, and leaves others their slots") {
  account it{4};
  it.ask_signed(1);
  it.grants();
  it.close(1, ec::authentication);
  it.ask_signed(2, 2);
  it.ask_signed(3, 2);
  CHECK(it.grants() == waiters{2});
  it.close(2, ec::authentication);
  it.ask_signed(4, 1, "two");
  CHECK(it.grants() == waiters{4});
  REQUIRE(it.turned_away.size() == 1);
  CHECK(it.turned_away[0].what == fate::refused);
  it.ask_signed(5, 3);
  it.grants();
  CHECK(it.turned_away.size() == 2);
  it.policy.retry_login("one");
  it.ask_signed(6, 3);
  CHECK(it.grants() == waiters{6});
}

TEST_CASE("who signed before a 401 is sent back to sign anew") {
  account it{4};
  it.ask_signed(1);
  it.grants();
  it.close(1);
  it.ask_signed(2);
  it.grants();
  it.ask_signed(3);
  it.close(2, ec::authentication);
  it.ask_signed(4, 2);
  CHECK(it.grants() == waiters{4});
  REQUIRE(it.turned_away.size() == 1);
  CHECK(it.turned_away[0].what == fate::sign_anew);
  CHECK(it.turned_away[0].stale_login == 1);
}

TEST_CASE("while a login is in doubt others have half of the slots") {
  account it{4};
  it.ask_signed(1);
  it.grants();
  it.close(1, ec::authentication);
  it.ask_signed(11, 1, "two");
  it.grants();
  it.close(11);
  for (slot_policy::waiter_id i = 12; i <= 16; ++i) it.ask_signed(i, 1, "two");
  CHECK(it.grants() == waiters{12, 13});
  it.ask_signed(2, 2);
  it.close(12);
  CHECK(it.grants().size() == 1);
  it.close(13);
  auto last = it.grants();
  CHECK(last.size() == 1);
  CHECK(it.policy.in_use() == 2);
  it.close(2);
  CHECK(it.policy.login_state("one") == credential_breaker::state::proven);
}

TEST_CASE("what asks how an account is goes before work, and is nobody's attempt") {
  auto it = account_that_went_down();
  it.ask(11);
  it.ask_signed(12, 0, "one", slot_purpose::probe);
  it.wake();
  CHECK(it.grants() == waiters{12});
  for (slot_policy::waiter_id i = 1; i <= 5; ++i) CHECK(it.policy.is_excused(it.leases[i]) == true);
}

TEST_CASE("a refusal says that an account that was down is there again") {
  auto it = account_that_went_down();
  it.ask(11);
  it.wake();
  it.grants();
  CHECK(it.close(11, ec::refused) == news::up);
}

TEST_CASE("an account that asks for a long wait is unavailable, and is asked now and then") {
  account it{4};
  for (slot_policy::waiter_id i = 1; i <= 3; ++i) it.ask(i);
  it.grants();
  CHECK(it.close(1, ec::refused, 24h) == news::unavailable);
  CHECK(it.policy.outage_reason() == "why");
  CHECK(it.close(2, ec::refused, 24h) == news::unavailable);
  CHECK(it.close(3, ec::none) == news::up);
  it.ask(4);
  it.grants();
  it.close(4, ec::refused, 24h);
  it.ask(5);
  auto asked = it.now;
  it.wake();
  CHECK(it.grants() == waiters{5});
  CHECK(it.now - asked >= 150s);
  CHECK(it.now - asked <= 300s);
  CHECK(it.close(5, ec::refused, 24h) == news::unavailable);
  it.ask(6);
  CHECK(it.grants().empty());
  SUBCASE("at once for an operator") {
    it.policy.reset({});
    CHECK(it.grants() == waiters{6});
  }
  SUBCASE("until it answers") {
    it.wake();
    CHECK(it.grants() == waiters{6});
    CHECK(it.close(6) == news::up);
  }
}

} // namespace slot_policy_test
