#include "config/feature_flags.hpp"

#include <map>

#include <doctest/doctest.h>
namespace feature_flags_test {

using namespace tidemark;

flag_record record_of(const std::string& enabled, std::optional<std::string> tenant_ids) {
  flag_record record;
  record.name = chunked_import_flag;
  record.enabled = enabled;
  record.has_tenant_ids = tenant_ids.has_value();
  record.tenant_ids = tenant_ids.value_or("");
  return record;
}

flag_decision decide(const flag_record& record, const std::string& tenant = "4515181",
                     const flag_defaults& defaults = {}) {
  return decide_flag(chunked_import_flag, tenant, &record, defaults);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

outcome<std::optional<flag_setting>> read(const std::map<std::string, std::string>& variables) {
  return flag_from_environment([&](const std::string& name) -> std::optional<std::string> {
    auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

const flag_defaults on_everywhere{flag_setting{true, {}}, flag_setting{true, {}}};

change_flag change(flag_action action, const std::string& tenant = "") {
  return {chunked_import_flag, action, tenant, "anna"};
}

TEST_CASE("a record decides for all, for those in its list, or for nobody") {
  struct {
    const char* enabled;
    std::optional<std::string> tenant_ids;
    bool expected;
  } cases[] = {
      {"0", std::nullopt, false},     {"0", "[4515181]", false},
      {"1", std::nullopt, true},      {"1", "[]", true},
      {"1", "[4515181]", true},       {"1", "[\"4515181\"]", true},
      {"1", "[1, 4515181]", true},    {"1", "[\"a\", \"4515181\"]", true},
      {"1", "[4515182]", false},      {"1", "[\"04515181\"]", false},
      {"1", "[\"4515181 \"]", false},
  };
  for (auto& [enabled, tenant_ids, expected] : cases) {
    auto decision = decide(record_of(enabled, tenant_ids));
    CHECK_MESSAGE(decision.enabled == expected, enabled << " " << tenant_ids.value_or("NULL"));
    CHECK(decision.source == "record");
    CHECK(decision.alert.empty());
    CHECK(contains(decision.reason, "chunked_import"));
  }
}

TEST_CASE("an id that is a text compares as a text") {
  CHECK(decide(record_of("1", "[\"acme-eu\"]"), "acme-eu").enabled);
  CHECK_FALSE(decide(record_of("1", "[\"acme-eu\"]"), "acme").enabled);
  CHECK(decide(record_of("1", "[18446744073709551615]"), "18446744073709551615").enabled);
}

TEST_CASE("whoever has no tenant gets what holds for all") {
  CHECK(decide(record_of("1", std::nullopt), "").enabled);
  CHECK_FALSE(decide(record_of("1", "[4515181]"), "").enabled);
  CHECK_FALSE(decide(record_of("0", std::nullopt), "").enabled);
}

TEST_CASE("a record that is wrong counts as off, with an alert that names it, whatever stands behind it") {
  struct {
    const char* enabled;
    std::optional<std::string> tenant_ids;
    const char* reason;
  } cases[] = {
      {"'yes'", std::nullopt, "enabled is 'yes'"},
      {"2", std::nullopt, "enabled is 2"},
      {"NULL", std::nullopt, "enabled is NULL"},
      {"1", "", "no valid JSON"},
      {"1", "[4515181", "no valid JSON"},
      {"1", "4515181,4515182", "no valid JSON"},
      {"1", "4515181", "a JSON number"},
      {"1", "null", "a JSON null"},
      {"1", "{\"4515181\": true}", "a JSON object"},
      {"1", "\"4515181\"", "a JSON string"},
      {"1", "[[4515181]]", "[4515181]"},
      {"1", "[4515181, true]", "true"},
      {"1", "[4515181.5]", "4515181.5"},
      {"1", "[null]", "null"},
      {"1", "\xff\xfe", "no valid JSON"},
  };
  for (auto& [enabled, tenant_ids, reason] : cases) {
    auto decision = decide(record_of(enabled, tenant_ids), "4515181", on_everywhere);
    CHECK_FALSE(decision.enabled);
    CHECK_MESSAGE(contains(decision.alert, reason), decision.alert);
    CHECK(contains(decision.alert, "chunked_import"));
    CHECK(decision.source == "record");
  }
}

TEST_CASE("without a record the environment decides, then the configuration file, then it is off") {
  auto decide_by = [](const flag_defaults& defaults, const std::string& tenant = "4515181") {
    return decide_flag(chunked_import_flag, tenant, nullptr, defaults);
  };
  CHECK(decide_by({flag_setting{true, {}}, flag_setting{false, {}}}).enabled);
  CHECK(decide_by({flag_setting{true, {}}, std::nullopt}).source == "environment");
  CHECK_FALSE(decide_by({flag_setting{false, {}}, flag_setting{true, {}}}).enabled);
  CHECK(decide_by({std::nullopt, flag_setting{true, {}}}).enabled);
  CHECK(decide_by({std::nullopt, flag_setting{true, {}}}).source == "config");
  CHECK(decide_by({std::nullopt, flag_setting{true, {"4515181"}}}).enabled);
  CHECK_FALSE(decide_by({std::nullopt, flag_setting{true, {"4515182"}}}).enabled);
  CHECK_FALSE(decide_by({}).enabled);
  CHECK(decide_by({}).source == "default");
  CHECK_FALSE(decide_flag(chunked_import_flag, "4515181", nullptr, {}).reason.empty());
}

TEST_CASE("the environment is read as the reference writes it") {
  CHECK(**read({{"FEATURE_CHUNKED_IMPORT", "true"}}) == flag_setting{true, {}});
  CHECK(**read({{"FEATURE_CHUNKED_IMPORT", "TRUE"}, {"FEATURE_CHUNKED_IMPORT_TENANTS", "1, 2,3,"}})
        == flag_setting{true, {"1", "2", "3"}});
  CHECK(**read({{"FEATURE_CHUNKED_IMPORT", "0"}, {"FEATURE_CHUNKED_IMPORT_TENANTS", ""}})
        == flag_setting{false, {}});
  CHECK_FALSE(read({})->has_value());
  CHECK_FALSE(read({{"FEATURE_CHUNKED_IMPORT", ""}})->has_value());
  CHECK_FALSE(read({{"FEATURE_CHUNKED_IMPORT_TENANTS", "1"}})->has_value());
  auto wrong = read({{"FEATURE_CHUNKED_IMPORT", "maybe"}});
  REQUIRE_FALSE(wrong);
  CHECK(contains(wrong.error().message, "FEATURE_CHUNKED_IMPORT"));
}

TEST_CASE("a flag is turned on and off, and keeps its list") {
  auto on = changed(std::nullopt, change(flag_action::enable));
  REQUIRE(on);
  CHECK(decide(*on, "anyone").enabled);
  auto off = changed(record_of("1", "[4515181]"), change(flag_action::disable));
  REQUIRE(off);
  CHECK_FALSE(decide(*off).enabled);
  CHECK(off->tenant_ids == "[4515181]");
}

TEST_CASE("tenants are added to the list and taken from it") {
  auto one = changed(std::nullopt, change(flag_action::add_tenant, "4515181"));
  REQUIRE(one);
  CHECK(one->tenant_ids == "[4515181]");
  CHECK(decide(*one).enabled);
  auto two = changed(*one, change(flag_action::add_tenant, "acme"));
  REQUIRE(two);
  CHECK(two->tenant_ids == "[4515181,\"acme\"]");
  CHECK(changed(*two, change(flag_action::add_tenant, "acme"))->tenant_ids == two->tenant_ids);
  auto other = changed(*two, change(flag_action::remove_tenant, "4515181"));
  REQUIRE(other);
  CHECK(other->tenant_ids == "[\"acme\"]");
  CHECK_FALSE(decide(*other).enabled);
}

TEST_CASE("a list of one is refused where the flag is on for all, and says whom it would move") {
  auto wanted = change(flag_action::add_tenant, "acme");
  wanted.tenants = {"acme", "globex", "initech"};
  const flag_defaults on_by_file{std::nullopt, flag_setting{true, {}}};
  for (auto& result :
       {changed(record_of("1", std::nullopt), wanted), changed(std::nullopt, wanted, on_by_file),
        changed(std::nullopt, wanted, on_everywhere)}) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ec::conflict);
    CHECK(contains(result.error().message, "would move globex, initech to the legacy path"));
    CHECK(contains(result.error().message, "--only"));
  }
  wanted.only = true;
  auto one = changed(std::nullopt, wanted, on_by_file);
  REQUIRE(one);
  CHECK(one->enabled == "1");
  CHECK(one->tenant_ids == "[\"acme\"]");
  CHECK(changed(record_of("1", "[1, 2]"), wanted)->tenant_ids == "[\"acme\"]");
}

TEST_CASE("a record that is made begins as what has decided without one") {
  const flag_defaults by_file{std::nullopt, flag_setting{true, {"a", "b"}}};
  CHECK(changed(std::nullopt, change(flag_action::add_tenant, "c"), by_file)->tenant_ids
        == "[\"a\",\"b\",\"c\"]");
  CHECK(changed(std::nullopt, change(flag_action::remove_tenant, "a"), by_file)->tenant_ids == "[\"b\"]");
  CHECK(changed(std::nullopt, change(flag_action::enable), by_file)->tenant_ids == "[\"a\",\"b\"]");
  CHECK(changed(std::nullopt, change(flag_action::disable), by_file)->enabled == "0");
}

TEST_CASE("a flag is turned on for all, whatever its list was") {
  auto all = changed(record_of("0", "[1"), change(flag_action::enable_all));
  REQUIRE(all);
  CHECK(all->problem.empty());
  CHECK(decide(*all, "anyone").enabled);
}

TEST_CASE("a disabled flag gets its list before it is enabled") {
  auto record = changed(record_of("0", std::nullopt), change(flag_action::add_tenant, "4515181"));
  REQUIRE(record);
  CHECK(record->enabled == "0");
  CHECK(record->tenant_ids == "[4515181]");
}

TEST_CASE("a change that the rules would turn into its opposite is refused with the way out") {
  auto last = changed(record_of("1", "[4515181]"), change(flag_action::remove_tenant, "4515181"));
  REQUIRE_FALSE(last);
  CHECK(last.error().code == ec::conflict);
  CHECK(contains(last.error().message, "disable"));
  auto twice =
      changed(record_of("1", "[4515181, \"4515181\"]"), change(flag_action::remove_tenant, "4515181"));
  CHECK_FALSE(twice);
  auto narrowed = changed(record_of("1", std::nullopt), change(flag_action::add_tenant, "4515181"));
  REQUIRE_FALSE(narrowed);
  CHECK(contains(narrowed.error().message, "for all tenants"));
  CHECK_FALSE(changed(record_of("1", "[1]"), change(flag_action::remove_tenant, "2")));
  CHECK_FALSE(changed(std::nullopt, change(flag_action::remove_tenant, "2")));
  auto broken = changed(record_of("1", "[1"), change(flag_action::add_tenant, "2"));
  REQUIRE_FALSE(broken);
  CHECK(contains(broken.error().message, "chunked_import"));
}

TEST_CASE("a broken record can be turned off, and says that it is broken when it is turned on") {
  CHECK(changed(record_of("1", "[1"), change(flag_action::disable))->enabled == "0");
  CHECK(contains(changed(record_of("0", "[1"), change(flag_action::enable))->problem, "no valid JSON"));
}

} // namespace feature_flags_test
