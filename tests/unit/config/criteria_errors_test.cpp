#include "config/criteria.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <regex>
namespace criteria_errors_test {

using namespace tidemark;

std::string whole_error_of(std::string_view text) {
  const auto result = parse_criteria(text, "c.json");
  if (result) return "no error";
  CHECK(result.error().code == ec::bad_config);
  CHECK(result.error().subject == "c.json");
  return result.error().message;
}

/// The message with paths alone as places: lines and names have a test of their own.
std::string error_of(std::string_view text) {
  static const std::regex place{R"(c\.json:[0-9]+: (\$[^ ]*?)( \([^)]*\))?: )"};
  return std::regex_replace(whole_error_of(text), place, "c.json: $1: ");
}

/// A file with a good type `a` and whatever comes after it.
std::string with_types(std::string_view more) {
  return fmt::format(
      R"({{"version":1,"record_types":[{{"name":"a","key":"id","fields":[{{"name":"id","type":"id"}}]}}{}]}})",
      more);
}

/// A file whose second type has these members besides its name.
std::string with_members(std::string_view members) {
  return with_types(fmt::format(R"(,{{"name":"b",{}}})", members));
}

/// A file whose second type has these fields besides its key.
std::string with_fields(std::string_view fields) {
  return with_members(fmt::format(R"("key":"id","fields":[{{"name":"id","type":"id"}},{}])", fields));
}

struct claim {
  const char* what;
  std::string text;
  const char* place;
  const char* says;
};

std::vector<claim> claims() {
  const std::string id_field = R"("fields":[{"name":"id","type":"id"}])";
  const std::string keyed = R"("key":"id",)" + id_field;
  std::vector<claim> result{
      {"empty text", "", "c.json:1:1: ", "not JSON"},
      {"broken JSON", "{\n  \"version\": 1,\n  oops\n}", "c.json:3:3: ", "not JSON"},
      {"text after the end", "{} x", "c.json:1:4: ", "not JSON"},
      {"a number beyond everything", R"({"version":1e999})", "c.json: $: ", "not usable JSON"},
      {"nesting without end", std::string(100'000, '['), "c.json: $[0][0]", "nested more than 32"},
      {"no object", "[]", "c.json: $: ", "must be an object"},
      {"no version", R"({"record_types":[]})", "c.json: $.version: ", "must be 1"},
      {"another version", R"({"version":2,"record_types":[]})", "c.json: $.version: ", "must be 1"},
      {"no record types", R"({"version":1})", "c.json: $.record_types: ", "is missing"},
      {"an empty list", R"({"version":1,"record_types":[]})",
       "c.json: $.record_types: ", "describe at least one"},
      {"a list of another kind", R"({"version":1,"record_types":{}})",
       "c.json: $.record_types: ", "must be a list"},
      {"an unknown member at the top", R"({"version":1,"record_typs":[],"record_types":[]})",
       "c.json: $: ", "did you mean 'record_types'?"},
      {"a member twice", with_members(R"("key":"id","key":"id",)" + id_field),
       "c.json: $.record_types[1].key: ", "stands twice"},
      {"a field's member twice", with_fields(R"({"name":"x","type":"text","type":"id"})"),
       "c.json: $.record_types[1].fields[1].type: ", "stands twice"},
      {"a type that is no object", with_types(",7"), "c.json: $.record_types[1]: ", "must be an object"},
      {"a type without name", with_types(",{" + keyed + "}"),
       "c.json: $.record_types[1].name: ", "is missing"},
      {"an empty name", with_types(R"(,{"name":"",)" + keyed + "}"),
       "c.json: $.record_types[1].name: ", "is empty"},
      {"a name that is a number", with_types(R"(,{"name":5,)" + keyed + "}"),
       "c.json: $.record_types[1].name: ", "must be text"},
      {"an unknown member", with_members(keyed + R"(,"filtr":"x")"),
       "c.json: $.record_types[1]: ", "did you mean 'filter'?"},
      {"no key", with_members(id_field), "c.json: $.record_types[1].key: ", "is missing"},
      {"a key that is no field", with_members(R"("key":"idd",)" + id_field),
       "c.json: $.record_types[1].key: ", "did you mean 'id'?"},
      {"a key of several values", with_members(R"("key":"n","fields":[{"name":"n","type":"multi_select"}])"),
       "c.json: $.record_types[1].key: ", "several values"},
      {"a key that names a field twice",
       with_members(R"("key":["n","n"],"fields":[{"name":"n","type":"text"}])"),
       "c.json: $.record_types[1].key: ", "twice"},
      {"a wide key with a field that is none",
       with_members(R"("key":["n","idd"],"fields":[{"name":"n","type":"text"},{"name":"id","type":"id"}])"),
       "c.json: $.record_types[1].key: ", "did you mean 'id'?"},
      {"a wide key with the parent's",
       with_members(R"("key":["p","n"],"set_of":{"parent":"a","column":"p"},"fields":[)"
                    R"({"name":"p","type":"reference","to":"a"},{"name":"n","type":"integer"}])"),
       "c.json: $.record_types[1].key: ", "belongs to the key of a set anyway"},
      {"an empty key", with_members(R"("key":"","fields":[{"name":"n","type":"text"}])"),
       "c.json: $.record_types[1].key: ", "is empty"},
      {"deletions of a wide key",
       with_members(R"("key":"n","deleted_as":{"type":"b"},"fields":[{"name":"n","type":"text"}])"),
       "c.json: $.record_types[1].deleted_as: ", "by one integer"},
      {"no fields", with_members(R"("key":"id")"), "c.json: $.record_types[1].fields: ", "is missing"},
      {"an empty list of fields", with_members(R"("key":"id","fields":[])"),
       "c.json: $.record_types[1].fields: ", "at least the key"},
      {"a type twice", with_types(R"(,{"name":"a",)" + keyed + "}"),
       "c.json: $.record_types[1].name: ", "already described at $.record_types[0]"},
      {"an unknown field type", with_fields(R"({"name":"x","type":"money"})"),
       "c.json: $.record_types[1].fields[1].type: ", "'money' is no field type; use id, "},
      {"a field without type", with_fields(R"({"name":"x"})"),
       "c.json: $.record_types[1].fields[1].type: ", "is missing"},
      {"a field without name", with_fields(R"({"type":"text"})"),
       "c.json: $.record_types[1].fields[1].name: ", "is missing"},
      {"an unknown member of a field", with_fields(R"({"name":"x","type":"text","wek":true})"),
       "c.json: $.record_types[1].fields[1]: ", "did you mean 'weak'?"},
      {"a group with a key", with_members(R"("group":["a"],"key":"id")"),
       "c.json: $.record_types[1]: ", "unknown member"},
      {"an empty group", with_members(R"("group":[])"), "c.json: $.record_types[1].group: ", "is empty"},
      {"a group of what is not there", with_members(R"("group":["c"])"),
       "c.json: $.record_types[1].group[0]: ", "'c' is not a record type"},
      {"a group in itself", with_members(R"("group":["a","b"])"),
       "c.json: $.record_types[1].group[1]: ", "cannot be in itself"},
      {"a dependency on a group",
       with_types(R"(,{"name":"g","group":["a"]},{"name":"b","depends_on":["g"],)" + keyed + "}"),
       "c.json: $.record_types[2].depends_on[0]: ", "is a group"},
      {"a reference to a group",
       with_types(R"(,{"name":"g","group":["a"]},{"name":"b","key":"id","fields":[{"name":"id","type":"id"},)"
                  R"({"name":"x","type":"reference","to":"g"}]})"),
       "c.json: $.record_types[2].fields[1].to: ", "is a group"},
      {"a set of a group",
       with_types(
           R"(,{"name":"g","group":["a"]},{"name":"b","key":"id","set_of":{"parent":"g","column":"id"},)"
           + id_field + "}"),
       "c.json: $.record_types[2].set_of.parent: ", "is a group"},
      {"a display name of a moment", with_fields(R"({"name":"x","type":"date","display":true})"),
       "c.json: $.record_types[1].fields[1].display: ", "shows as it is"},
      {"a display name that is taken",
       with_fields(R"({"name":"x","type":"integer","display":true},{"name":"x_display","type":"text"})"),
       "c.json: $.record_types[1].fields[1].display: ", "'x_display' is a field already"},
      {"a display name that is too long",
       with_fields(R"({"name":")" + std::string(58, 'x') + R"(","type":"integer","display":true})"),
       "c.json: $.record_types[1].fields[1].display: ", "longer than 63"},
      {"a field twice", with_fields(R"({"name":"id","type":"text"})"),
       "c.json: $.record_types[1].fields[1].name: ", "already described at $.record_types[1].fields[0]"},
      {"a column twice", with_fields(R"({"name":"x","type":"text","column":"id"})"),
       "c.json: $.record_types[1].fields[1].column: ", "already read by $.record_types[1].fields[0]"},
      {"a flag that is text", with_fields(R"({"name":"x","type":"reference","to":"a","weak":"yes"})"),
       "c.json: $.record_types[1].fields[1].weak: ", "true or false"},
      {"a reference to nothing", with_fields(R"({"name":"x","type":"reference"})"),
       "c.json: $.record_types[1].fields[1].to: ", "name the record type"},
      {"a reference to a number", with_fields(R"({"name":"x","type":"reference","to":7})"),
       "c.json: $.record_types[1].fields[1].to: ", "a name or a list"},
      {"a reference to a list with a number", with_fields(R"({"name":"x","type":"reference","to":["a",7]})"),
       "c.json: $.record_types[1].fields[1].to[1]: ", "a name in quotes"},
      {"a reference to an unknown type", with_fields(R"({"name":"x","type":"reference","to":"zz"})"),
       "c.json: $.record_types[1].fields[1].to: ", "add \"external\": true"},
      {"a reference twice to one type", with_fields(R"({"name":"x","type":"reference","to":["a","a"]})"),
       "c.json: $.record_types[1].fields[1].to: ", "twice"},
      {"a text that points somewhere", with_fields(R"({"name":"x","type":"text","to":"a"})"),
       "c.json: $.record_types[1].fields[1].to: ", "points at nothing"},
      {"a weak text", with_fields(R"({"name":"x","type":"text","weak":true})"),
       "c.json: $.record_types[1].fields[1]: ", "neither weak nor external"},
      {"an external type of this file",
       with_fields(R"({"name":"x","type":"reference","to":"a","external":true})"),
       "c.json: $.record_types[1].fields[1].external: ", "described in this file"},
      {"an external type that is no name",
       with_fields(R"({"name":"x","type":"reference","to":"A b","external":true})"),
       "c.json: $.record_types[1].fields[1].to: ", "no plain SQL name"},
      {"an unknown dependency", with_members(keyed + R"(,"depends_on":["c"])"),
       "c.json: $.record_types[1].depends_on[0]: ", "'c' is not a record type"},
      {"a dependency on itself", with_members(keyed + R"(,"depends_on":["b"])"),
       "c.json: $.record_types[1].depends_on[0]: ", "cannot wait for itself"},
      {"a dependency twice", with_members(keyed + R"(,"depends_on":["a","a"])"),
       "c.json: $.record_types[1].depends_on[1]: ", "listed twice"},
      {"dependencies that are a text", with_members(keyed + R"(,"depends_on":"a")"),
       "c.json: $.record_types[1].depends_on: ", "a list of names"},
      {"an unknown change column", with_members(keyed + R"(,"change_column":"changed")"),
       "c.json: $.record_types[1].change_column: ", "add a field of type datetime"},
      {"a change column that is no moment", with_members(keyed + R"(,"change_column":"id")"),
       "c.json: $.record_types[1].change_column: ", "must tell a moment"},
      {"a set of an unknown parent", with_members(keyed + R"(,"set_of":{"parent":"zz","column":"id"})"),
       "c.json: $.record_types[1].set_of.parent: ", "not a record type of this file"},
      {"a set of itself", with_members(keyed + R"(,"set_of":{"parent":"b","column":"id"})"),
       "c.json: $.record_types[1].set_of.parent: ", "a set of itself"},
      {"a set by an unknown column", with_members(keyed + R"(,"set_of":{"parent":"a","column":"zz"})"),
       "c.json: $.record_types[1].set_of.column: ", "add a reference to 'a'"},
      {"a set by a column that is no reference",
       with_members(keyed + R"(,"set_of":{"parent":"a","column":"id"})"),
       "c.json: $.record_types[1].set_of.column: ", "must be a reference to 'a'"},
      {"a set without column", with_members(keyed + R"(,"set_of":{"parent":"a"})"),
       "c.json: $.record_types[1].set_of.column: ", "is missing"},
      {"a set that is a text", with_members(keyed + R"(,"set_of":"a")"),
       "c.json: $.record_types[1].set_of: ", "must be an object"},
      {"a column that is no name", with_fields(R"({"name":"x","type":"text","column":"x, y"})"),
       "c.json: $.record_types[1].fields[1].column: ", "no plain SQL name"},
      {"a table that is no name", with_members(keyed + R"(,"table":"a; b")"),
       "c.json: $.record_types[1].table: ", "no plain SQL name"},
      {"a filter with a comment", with_members(keyed + R"(,"filter":"1=1 -- x")"),
       "c.json: $.record_types[1].filter: ", "comment"},
      {"a filter that leaves its parentheses", with_members(keyed + R"(,"filter":"1=1) or (1=1")"),
       "c.json: $.record_types[1].filter: ", "closes a parenthesis"},
      {"a filter that does not close one", with_members(keyed + R"(,"filter":"(1=1")"),
       "c.json: $.record_types[1].filter: ", "never closed"},
      {"a filter with an open quote", with_members(keyed + R"(,"filter":"t.type = 'x")"),
       "c.json: $.record_types[1].filter: ", "quote that is never closed"},
  };
  for (const auto* name : {"Upper", "two words", "1st", "semi;colon", "dash-ed", "ünicode", "quote'", ""})
    if (*name != '\0')
      result.push_back({"a field name that is no SQL name",
                        with_fields(fmt::format(R"({{"name":"{}","type":"text"}})", name)),
                        "c.json: $.record_types[1].fields[1].name: ", "no plain SQL name"});
  for (const auto* name : {"_private", "_import_id", "_synced_at", "_deleted_at"})
    result.push_back({"a field name of tidemark",
                      with_fields(fmt::format(R"({{"name":"{}","type":"text"}})", name)),
                      "c.json: $.record_types[1].fields[1].name: ", "starts with _"});
  for (const auto* name : {"imports", "batches", "batch_attempts", "watermarks", "rejected_records",
                           "schema_notes", "owner", "record_tables"})
    result.push_back({"a ledger table's name", with_types(fmt::format(R"(,{{"name":"{}",{}}})", name, keyed)),
                      "c.json: $.record_types[1].name: ", "tidemark's own tables"});
  for (const auto* name : {"sqlite_master", "pg_class"})
    result.push_back({"a database's own name", with_types(fmt::format(R"(,{{"name":"{}",{}}})", name, keyed)),
                      "c.json: $.record_types[1].name: ", "databases keep for themselves"});
  result.push_back({"a long name",
                    with_types(fmt::format(R"(,{{"name":"{}",{}}})", std::string(64, 'x'), keyed)),
                    "c.json: $.record_types[1].name: ", "longer than 63"});
  return result;
}

TEST_CASE("every mistake in a criteria file is told with its place and the remedy") {
  for (const auto& claim : claims()) {
    const auto message = error_of(claim.text);
    CAPTURE(claim.what);
    CAPTURE(message);
    CHECK(message.contains(claim.place));
    CHECK(message.contains(claim.says));
  }
}

TEST_CASE("a mistake is told with its line, and whose it is") {
  const auto message = whole_error_of("{\n  \"version\": 1,\n  \"record_types\": [\n"
                                      "    {\"name\": \"a\", \"key\": \"id\",\n"
                                      "     \"fields\": [\n"
                                      "       {\"name\": \"id\", \"type\": \"id\"},\n"
                                      "       {\"name\": \"size\", \"type\": \"nmber\"}]},\n"
                                      "    {\"name\": \"b\"}]}");
  CHECK_MESSAGE(message.contains("c.json:7: $.record_types[0].fields[1].type (a.size): "), message);
  // What is missing is told where it would stand.
  CHECK_MESSAGE(message.contains("c.json:8: $.record_types[1].key (b): is missing"), message);
}

TEST_CASE("display names count among the columns") {
  std::string fields;
  for (int i = 0; i < 50; ++i)
    fields += fmt::format(R"(,{{"name":"f{}","type":"integer","display":true}})", i);
  const auto message = error_of(with_fields(fields.substr(1)));
  CHECK_MESSAGE(message.contains("has 51 fields of 'b' and 50 display names"), message);
  const auto last = fields.rfind(",\"display\":true");
  CHECK(error_of(with_fields(fields.substr(1, last - 1) + "}")) == "no error");
}

TEST_CASE("one mistake gives one line") {
  for (const auto* text : {R"("key":"nix","fields":[{"name":"id","type":"id"}])",
                           R"("key":"id","fields":[{"name":"id","type":"ID"}])"}) {
    const auto message = error_of(with_members(text));
    CAPTURE(message);
    CHECK(!message.contains('\n'));
  }
}

TEST_CASE("a set of a set is refused, since its parent's key is no range") {
  const auto message = error_of(with_types(
      R"(,{"name":"b","key":"id","set_of":{"parent":"a","column":"a"},"fields":[{"name":"id","type":"id"},{"name":"a","type":"reference","to":"a"}]}
         ,{"name":"c","key":"id","set_of":{"parent":"b","column":"b"},"fields":[{"name":"id","type":"id"},{"name":"b","type":"reference","to":"b"}]})"));
  CHECK(message.contains("$.record_types[2].set_of.parent: 'b' is a set itself"));
}

TEST_CASE("a hundred columns pass and one more is refused") {
  auto with_count = [](int count) {
    std::string fields;
    for (int i = 1; i < count; ++i)
      fields += fmt::format(R"({}{{"name":"f{}","type":"text"}})", i > 1 ? "," : "", i);
    return with_fields(fields);
  };
  CHECK(parse_criteria(with_count(100), "c.json"));
  const auto message = error_of(with_count(101));
  CHECK(message.contains("$.record_types[1].fields: has 101 fields of 'b'"));
}

TEST_CASE("the guard of a type is a whole number of percent, two unless said") {
  auto with_guard = [](std::string_view guard) {
    return with_types(
        fmt::format(R"(,{{"name":"g","key":"id",{}"fields":[{{"name":"id","type":"id"}}]}})", guard));
  };
  auto guard_of = [&](std::string_view guard) {
    const auto read = parse_criteria(with_guard(guard), "c.json");
    REQUIRE(read);
    return read->find("g")->deletion_guard;
  };
  CHECK(guard_of("") == 2);
  CHECK(guard_of(R"("deletion_guard":0,)") == 0);
  CHECK(guard_of(R"("deletion_guard":100,)") == 100);
  for (const auto* bad : {"-1", "101", "2.5", "\"2\"", "null", "18446744073709551615", "1e3"}) {
    const auto message = error_of(with_guard(fmt::format(R"("deletion_guard":{},)", bad)));
    CHECK_MESSAGE(
        message.contains("$.record_types[1].deletion_guard: must be a whole number of percent, 0 to 100"),
        message);
  }
}

TEST_CASE("a type is strict or not, and not unless said") {
  auto with_strict = [](std::string_view strict) {
    return with_types(
        fmt::format(R"(,{{"name":"g","key":"id",{}"fields":[{{"name":"id","type":"id"}}]}})", strict));
  };
  CHECK(!parse_criteria(with_strict(""), "c.json")->find("g")->strict);
  CHECK(parse_criteria(with_strict(R"("strict":true,)"), "c.json")->find("g")->strict);
  CHECK(error_of(with_strict(R"("strict":1,)")).contains("$.record_types[1].strict: must be true or false"));
}

TEST_CASE("all mistakes of a file are told in one go, each on a line of its own") {
  const auto message = error_of(with_types(
      R"(,{"name":"b","key":"nix","depends_on":["zz"],"fields":[{"name":"id","type":"money"}]},{"name":"a","key":"id","fields":[]})"));
  CAPTURE(message);
  CHECK(message.contains("$.record_types[1].key"));
  CHECK(message.contains("$.record_types[1].depends_on[0]"));
  CHECK(message.contains("$.record_types[1].fields[0].type"));
  CHECK(message.contains("$.record_types[2].name"));
  CHECK(message.contains("$.record_types[2].fields"));
  CHECK(std::ranges::count(message, '\n') == 4);
}

TEST_CASE("a file full of mistakes gives a bounded message") {
  std::string types;
  for (int i = 0; i < 1000; ++i) types += ",{}";
  const auto message = error_of(with_types(types));
  CHECK(std::ranges::count(message, '\n') == 50);
  CHECK(message.contains("and 2950 more problems"));
}

TEST_CASE("bytes that are not UTF-8 are refused without being repeated") {
  const auto message = error_of("{\"version\": \"\xff\xfe\"}");
  CAPTURE(message);
  CHECK(message.starts_with("c.json:1:"));
  CHECK(std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; }));
}

} // namespace criteria_errors_test
