#include <doctest/doctest.h>

#include "tenant/tenant_world.hpp"

namespace tenant_inquiries_test {

using namespace tidemark;

struct inquiry_world : tenant_world {
  /// An account in which everything is well.
  void let_all_in() {
    engine.rule = [this](const http_request& asked) {
      ++requests;
      if (contains(asked.url, "serverTime")) return std::optional{account.server_time};
      if (contains(asked.url, "metadata-catalog")) return std::optional{answer_of(R"({"items":[]})")};
      return std::optional{answer_of(R"({"items":[{"id":"1"}],"hasMore":false})")};
    };
  }

  reply<account_report> check() { return ask<account_report>(actor, check_tenant{"demo"}); }

  bool says(const account_report& report, std::string_view about, standing how) {
    return std::ranges::any_of(report.findings, [&](auto& x) { return x.about == about && x.how == how; });
  }

  std::size_t requests = 0;
};

TEST_CASE("a suspended tenant is checked, is told so, and stays suspended") {
  inquiry_world it;
  it.let_all_in();
  REQUIRE(it.suspend().arrived());
  auto report = it.check();
  REQUIRE(report.arrived());
  CHECK(it.says(report.value(), "tenant", standing::amiss));
  CHECK(it.says(report.value(), "credentials", standing::well));
  CHECK(report.value().requests == it.requests);
  CHECK(it.status_now().suspended.active());
}

TEST_CASE("a check ends with the first login that is refused") {
  inquiry_world it;
  std::size_t logins = 0;
  it.engine.rule = [&](const http_request&) {
    ++logins;
    auto refused = answer_of("no", 401);
    refused.server_date = wall_now();
    return std::optional{std::move(refused)};
  };
  auto report = it.check();
  REQUIRE(report.arrived());
  CHECK(it.says(report.value(), "credentials", standing::amiss));
  CHECK(logins == 1);
  CHECK_FALSE(report.value().not_asked.empty());
}

TEST_CASE("one check at a time, and the next one when that has ended") {
  inquiry_world it;
  auto first = it.check();
  auto second = it.check();
  CHECK_FALSE(first.arrived());
  REQUIRE(second.failed());
  CHECK(second.error().code == ec::conflict);
  it.let_all_in();
  it.engine.close_all(it.account.server_time);
  it.settle();
  CHECK(first.arrived());
  CHECK(it.check().arrived());
}

TEST_CASE("nobody is asked for somebody who has gone") {
  inquiry_world it;
  for (bool checks : {true, false}) {
    auto asker = it.spawn_puppet();
    if (checks)
      it.ask_as<account_report>(asker, it.actor, check_tenant{"demo"});
    else
      it.ask_as<discovery>(asker, it.actor, discover_criteria{"demo", {}});
    CHECK(it.engine.open.size() == 1);
    it.crash(asker);
    CHECK(it.engine.open.empty());
  }
  it.let_all_in();
  CHECK(it.check().arrived());
}

TEST_CASE("an account that is down is not waited for: the reason is told at once") {
  inquiry_world it;
  auto under_way = it.check();
  CHECK_FALSE(under_way.arrived());
  it.tell(it.actor, account_unavailable{0, "it asks for no requests"});
  REQUIRE(under_way.arrived());
  CHECK(it.says(under_way.value(), "connection", standing::amiss));
  auto later = it.check();
  REQUIRE(later.arrived());
  CHECK(later.value().requests == 0);
  CHECK(it.says(later.value(), "connection", standing::amiss));
  auto refused = it.ask<discovery>(it.actor, discover_criteria{"demo", {}});
  REQUIRE(refused.failed());
  CHECK(refused.error().message.ends_with("try again when it does"));
}

TEST_CASE("a name that is not known is refused with the nearest, and without a request") {
  inquiry_world it;
  auto refused = it.ask<discovery>(it.actor, discover_criteria{"demo", {"custoner"}});
  REQUIRE(refused.failed());
  CHECK(refused.error().code == ec::unknown_record_type);
  CHECK(refused.error().message.find("'customer'") != std::string::npos);
  CHECK(it.engine.open.empty());
}

TEST_CASE("a check that the account does not answer is given up in the end") {
  inquiry_world it;
  auto report = it.check();
  it.advance(std::chrono::minutes{9});
  REQUIRE(report.arrived());
  CHECK(it.says(report.value(), "connection", standing::amiss));
  CHECK_FALSE(report.value().not_asked.empty());
}

TEST_CASE("a suspended tenant discovers nothing, and a suspension ends a discovery that is under way") {
  inquiry_world it;
  auto under_way = it.ask<discovery>(it.actor, discover_criteria{"demo", {}});
  CHECK_FALSE(under_way.arrived());
  REQUIRE(it.suspend().arrived());
  it.settle();
  REQUIRE(under_way.failed());
  CHECK(under_way.error().code == ec::suspended);
  auto refused = it.ask<discovery>(it.actor, discover_criteria{"demo", {}});
  REQUIRE(refused.failed());
  CHECK(refused.error().code == ec::suspended);
}

} // namespace tenant_inquiries_test
