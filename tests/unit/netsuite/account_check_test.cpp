#include "netsuite/account_check.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "answers.hpp"
#include "netsuite/classify.hpp"

namespace account_check_test {

using namespace tidemark;
using test::answer;

constexpr unix_ms now = 1772359200000; // 2026-03-01T10:00:00Z

std::shared_ptr<const criteria> types_of(std::string_view text) {
  auto types = parse_criteria(text, "test.json");
  REQUIRE_MESSAGE(types, types.error().message);
  return std::make_shared<const criteria>(std::move(*types));
}

std::shared_ptr<const criteria> shop() {
  return types_of(R"json({ "version": 1, "record_types": [
    { "name": "currency", "key": "id", "fields": [ { "name": "id", "type": "id" }, { "name": "name", "type": "text" } ] },
    { "name": "customer", "key": "id", "deleted_as": { "recordtypeid": -2 }, "filter": "t.kind = 'A'", "fields": [
        { "name": "id", "type": "id" }, { "name": "email", "type": "text" }, { "name": "subsidiary", "type": "integer" },
        { "name": "since", "type": "date" } ] } ] })json");
}

http_response refusal(long status, const char* code, std::string_view detail) {
  return answer(status,
                fmt::format(R"({{"status":{},"o:errorDetails":[{{"detail":"{}","o:errorCode":"{}"}}]}})",
                            status, detail, code));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// An account in which everything is well, unless `odd` has another answer.
struct account {
  std::function<std::optional<http_response>(const http_request&)> odd = [](auto&) { return std::nullopt; };

  http_response say(const http_request& asked) {
    ++requests;
    if (auto other = odd(asked)) return *other;
    if (contains(asked.url, "serverTime")) return answer(200, R"({"serverTime":"2026-03-01T10:00:02.000Z"})");
    if (contains(asked.url, "governanceLimits"))
      return answer(200, R"({"accountConcurrencyLimit":15,"accountUnallocatedConcurrencyLimit":10})");
    if (contains(asked.url, "metadata-catalog")) return answer(200, R"({"items":[]})");
    if (contains(asked.body, "SYSTIMESTAMP"))
      return answer(
          200, R"({"items":[{"here":"2026-03-01T02:00:00","utc":"2026-03-01T10:00:00"}],"hasMore":false})");
    return answer(200, R"({"items":[{"id":"1"}],"hasMore":false})");
  }

  account_report check(const std::shared_ptr<const criteria>& types, check_facts facts = {}) {
    facts.tenant = "acme";
    facts.base_url = "https://a";
    account_check it{facts, types};
    while (auto wanted = it.next()) {
      auto response = say(*wanted);
      auto whole = classify(response);
      auto what = whole ? failure{} : whole.error();
      if (!it.again(response, what, now)) it.answered(response, what, now);
    }
    CHECK(it.report().requests == requests);
    return it.report();
  }

  std::uint32_t requests = 0;
};

std::vector<account_finding> amiss(const account_report& report) {
  std::vector<account_finding> out;
  for (auto& x : report.findings)
    if (x.how == standing::amiss) out.push_back(x);
  return out;
}

const account_finding* find(const account_report& report, std::string_view about) {
  auto found = std::ranges::find(report.findings, about, &account_finding::about);
  return found == report.findings.end() ? nullptr : &*found;
}

TEST_CASE("an account in which all is well has nothing amiss, for one question per type and five more") {
  account a;
  auto report = a.check(shop());
  CHECK(amiss(report).empty());
  CHECK(report.requests == 7);
  CHECK(report.not_asked.empty());
  for (auto about : {"credentials", "clock", "zone", "language", "limits", "deletions", "catalogue", "role"})
    CHECK_MESSAGE(find(report, about) != nullptr, about);
  CHECK(contains(find(report, "zone")->text, "UTC-08:00"));
}

TEST_CASE("a login that is refused ends the check at once, with NetSuite's reason and what to do") {
  account a;
  a.odd = [](auto&) { return refusal(401, "INVALID_LOGIN", "Invalid login attempt."); };
  auto report = a.check(shop());
  CHECK(report.requests == 1);
  auto bad = amiss(report);
  REQUIRE(bad.size() == 1);
  CHECK(bad[0].about == "credentials");
  CHECK(contains(bad[0].text, "Invalid login attempt"));
  CHECK(contains(bad[0].remedy, "Login Audit Trail"));
  CHECK(report.not_asked == std::vector<std::string>{"currency", "customer"});
}

TEST_CASE("a 401 after good answers is too many requests at once, and is asked again") {
  account a;
  int refused = 0;
  a.odd = [&](const http_request& asked) -> std::optional<http_response> {
    if (!contains(asked.body, "FROM currency") || ++refused > 1) return std::nullopt;
    return refusal(401, "INVALID_LOGIN", "Invalid login attempt.");
  };
  // As `netsuite_call` tells it.
  account_check it{{}, shop()};
  while (auto wanted = it.next()) {
    auto response = a.say(*wanted);
    auto whole = classify(response);
    auto what = whole ? failure{} : whole.error();
    if (what.code == ec::authentication) what.code = ec::refused;
    if (!it.again(response, what, now)) it.answered(response, what, now);
  }
  CHECK(amiss(it.report()).empty());
  CHECK(a.requests == 8);
}

TEST_CASE("columns that the account lacks are found one by one, and told together") {
  account a;
  a.odd = [](const http_request& asked) -> std::optional<http_response> {
    for (auto column : {"email", "subsidiary"})
      if (contains(asked.body, fmt::format("t.{} ", column)))
        return refusal(
            400, "INVALID_PARAMETER",
            fmt::format("Search error occurred: Unknown identifier '{}'. Available identifiers are: "
                        "{{customer=customer}}",
                        column));
    return std::nullopt;
  };
  auto report = a.check(shop());
  CHECK(report.requests == 9);
  auto bad = amiss(report);
  REQUIRE(bad.size() == 1);
  CHECK(bad[0].record_type == "customer");
  CHECK(contains(bad[0].text, "email, subsidiary"));
}

TEST_CASE("a table that is off is told with its feature and its permission, in NetSuite's words") {
  account a;
  a.odd = [](const http_request& asked) -> std::optional<http_response> {
    if (!contains(asked.body, "FROM currency")) return std::nullopt;
    return refusal(400, "INVALID_PARAMETER", "Search error occurred: Record 'currency' was not found.");
  };
  auto bad = amiss(a.check(shop()));
  REQUIRE(bad.size() == 1);
  CHECK(contains(bad[0].text, "Record 'currency' was not found"));
  CHECK(contains(bad[0].remedy, "Multiple Currencies"));
  CHECK(contains(bad[0].remedy, "Currency ("));
}

TEST_CASE("an account that does not answer ends the check after two questions, each asked twice") {
  account a;
  a.odd = [](auto&) { return test::no_answer(transport_result::unreachable, "a.example"); };
  auto report = a.check(shop());
  CHECK(report.requests == 4);
  REQUIRE(find(report, "connection") != nullptr);
  CHECK(find(report, "connection")->how == standing::amiss);
}

TEST_CASE("a type that shows nothing is a hint: a role restriction hides records without a word") {
  account a;
  a.odd = [](const http_request& asked) -> std::optional<http_response> {
    if (!contains(asked.body, "FROM customer")) return std::nullopt;
    return answer(200, R"({"items":[],"hasMore":false})");
  };
  auto report = a.check(shop());
  CHECK(amiss(report).empty());
  CHECK(std::ranges::any_of(report.findings, [](auto& x) {
    return x.record_type == "customer" && x.how == standing::hint && contains(x.text, "no record");
  }));
}

TEST_CASE("clocks, limits, languages and the log of deletions are amiss where they are") {
  account a;
  a.odd = [](const http_request& asked) -> std::optional<http_response> {
    if (contains(asked.url, "serverTime")) return answer(200, R"({"serverTime":"2026-03-01T11:00:00.000Z"})");
    if (contains(asked.body, "deletedrecord"))
      return refusal(400, "INVALID_PARAMETER",
                     "Search error occurred: Record 'deletedrecord' was not found.");
    if (contains(asked.url, "governanceLimits"))
      return refusal(403, "INSUFFICIENT_PERMISSION", "You need a permission.");
    return std::nullopt;
  };
  check_facts facts;
  facts.concurrency_auto = true;
  facts.is_suspended = true;
  facts.suspended_because = "suspended by anna";
  auto report = a.check(shop(), facts);
  std::vector<std::string> about;
  for (auto& x : amiss(report)) about.push_back(x.about);
  CHECK(about == std::vector<std::string>{"tenant", "clock", "deletions"});
  CHECK(find(report, "limits")->how == standing::hint);
  CHECK(contains(find(report, "tenant")->remedy, "tenant resume acme"));
}

TEST_CASE("no check asks more than it may, whatever the criteria hold and the account says; what was not "
          "asked is named") {
  std::string text = R"({ "version": 1, "record_types": [)";
  for (int i = 0; i < 90; ++i)
    text +=
        fmt::format(R"({}{{ "name": "type{:02}", "key": "id", "fields": [ {{ "name": "id", "type": "id" }},
                          {{ "name": "a", "type": "text" }} ] }})",
                    i == 0 ? "" : ",", i);
  auto types = types_of(text + "] }");
  for (bool lacks : {false, true}) {
    account a;
    if (lacks)
      a.odd = [](const http_request& asked) -> std::optional<http_response> {
        if (!contains(asked.body, "t.a ")) return std::nullopt;
        return refusal(400, "INVALID_PARAMETER", "Search error occurred: Unknown identifier 'a'.");
      };
    auto report = a.check(types);
    CHECK(report.requests <= most_check_requests);
    CHECK(report.not_asked.size() == 90 - (report.requests - 5));
    CHECK(report.not_asked.front() == fmt::format("type{}", report.requests - 5));
  }
  // Those of one table after the first of each.
  auto shared = types_of(R"({ "version": 1, "record_types": [
      { "name": "invoice", "table": "transaction", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
      { "name": "bill", "table": "transaction", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
      { "name": "item", "key": "id", "fields": [ { "name": "id", "type": "id" } ] } ] })");
  account off;
  std::vector<std::string> asked;
  off.odd = [&](const http_request& x) -> std::optional<http_response> {
    if (contains(x.body, "FROM transaction t") || contains(x.body, "FROM item t")) asked.push_back(x.body);
    if (!contains(x.body, "FROM transaction t")) return std::nullopt;
    return refusal(400, "INVALID_PARAMETER", "Search error occurred: Invalid search type: transaction.");
  };
  auto report = off.check(shared);
  CHECK(asked.size() == 2);
  CHECK(contains(asked.back(), "FROM item t"));
  CHECK(report.not_asked.empty());
  CHECK(amiss(report).size() == 1);
  account busy;
  busy.odd = [](const http_request&) { return answer(429, "{}"); };
  CHECK(busy.check(types).requests <= most_check_requests);
}

TEST_CASE("a first refusal that tells that the clock is off is signed once more") {
  for (bool is_good : {true, false}) {
    account a;
    a.odd = [&](const http_request&) -> std::optional<http_response> {
      if (is_good && a.requests > 1) return std::nullopt;
      auto refused = refusal(401, "INVALID_LOGIN", "Invalid login attempt.");
      refused.server_date = now + 400'000;
      return refused;
    };
    auto report = a.check(shop());
    CHECK(report.requests == (is_good ? 8 : 2));
    CHECK(find(report, "credentials")->how == (is_good ? standing::well : standing::amiss));
  }
}

TEST_CASE("an account that answers is told as what it is, and base_url is not blamed") {
  const std::vector<std::pair<http_response, std::string>> cases{
      {answer(429, "{}"), "refuses every request"},
      {answer(503, "<html>The system is down for scheduled maintenance</html>"), "maintenance"},
      {answer(500, "{}"), "failures of its own"}};
  for (auto& [response, told] : cases) {
    account a;
    a.odd = [&](const http_request&) { return response; };
    auto report = a.check(shop());
    REQUIRE(find(report, "connection") != nullptr);
    CHECK_MESSAGE(contains(find(report, "connection")->text, told), find(report, "connection")->text);
    CHECK_FALSE(contains(find(report, "connection")->remedy, "base_url"));
  }
}

TEST_CASE("an account that is known to be down is not asked") {
  account a;
  check_facts facts;
  facts.unavailable = "it asks for no requests until tomorrow";
  auto report = a.check(shop(), facts);
  CHECK(report.requests == 0);
  CHECK(find(report, "connection")->text == facts.unavailable);
  CHECK(report.not_asked.size() == 2);
}

TEST_CASE("the log of deletions is asked as imports ask it, and why it cannot be is told by its cause") {
  auto of_log = [](http_response response, const char* unless) {
    return [=](const http_request& asked) -> std::optional<http_response> {
      if (!contains(asked.body, "deletedrecord") || !contains(asked.body, unless)) return std::nullopt;
      return response;
    };
  };
  const auto odd_query =
      refusal(400, "INVALID_PARAMETER", "Search error occurred: Invalid or unsupported search");
  account a;
  a.odd = of_log(odd_query, "t.scriptid");
  auto report = a.check(shop());
  CHECK(find(report, "deletions")->how == standing::well);
  CHECK(contains(find(report, "deletions")->text, "without scriptid"));
  a.odd = of_log(odd_query, "");
  report = [&] {
    a.requests = 0;
    return a.check(shop());
  }();
  CHECK(find(report, "deletions")->how == standing::amiss);
  CHECK(contains(find(report, "deletions")->remedy, "no query of the log"));
  account failing;
  failing.odd = of_log(answer(500, "{}"), "");
  report = failing.check(shop());
  CHECK(contains(find(report, "deletions")->text, "could not be asked"));
  CHECK(find(report, "deletions")->remedy == "check again later");
}

TEST_CASE("a group is no table, and is not asked for") {
  auto types = types_of(R"({ "version": 1, "record_types": [
      { "name": "item", "key": "id", "fields": [ { "name": "id", "type": "id" } ] },
      { "name": "all", "group": ["item"] } ] })");
  account a;
  auto report = a.check(types);
  CHECK(report.requests == 6);
  CHECK(report.not_asked.empty());
}

} // namespace account_check_test
