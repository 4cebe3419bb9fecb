#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "netsuite/page_decoder.hpp"
#include "sample_types.hpp"

namespace tidemark::test {

namespace page_decoder_test {

const page_request anything{{std::nullopt, INT64_MAX}};

std::string page_of(const std::vector<std::string>& items, bool has_more = false) {
  return fmt::format(
      R"({{"links":[{{"rel":"self","href":"x"}}],"count":{},"hasMore":{},"items":[{}],"offset":0,)"
      R"("totalResults":{}}})",
      items.size(), has_more, fmt::join(items, ","), items.size());
}

outcome<data_page> decode(const std::string& body, const page_request& asked = anything,
                          const record_type& type = customer()) {
  return page_decoder{project(type)}.decode(body, asked);
}

/// A cell as a test writes it: "null", "#12" for an integer, text in quotes.
std::string shown(const record_set& records, std::size_t row, std::size_t column) {
  const auto& x = records.row(row)[column];
  if (x.is == cell::kind::null) return "null";
  if (x.is == cell::kind::integer) return fmt::format("#{}", x.number);
  return fmt::format("'{}'", records.text(x));
}

/// The value that a field of this type gets from this JSON text.
std::string value_of(field_type type, const std::string& json) {
  record_type probe;
  probe.name = probe.table = "probe";
  probe.key = "id";
  probe.fields = {make_field("id", field_type::id), make_field("x", type)};
  const auto page = decode(page_of({R"({"links":[],"id":"1","x":)" + json + "}"}), anything, probe);
  if (!page) return "page: " + page.error().message;
  if (page->records->empty()) return "rejected: " + page->records->rejected().front().reason;
  if (!page->records->kept().empty()) {
    CHECK(shown(*page->records, 0, 1) == "null");
    return "kept: " + page->records->kept().front().reason;
  }
  return shown(*page->records, 0, 1);
}

bool is_kept_aside(field_type type, const std::string& json) {
  return value_of(type, json).starts_with("kept: column 'x'");
}

TEST_CASE("a page tells how many values of each column fit, and of those that do not an example") {
  const auto page =
      decode(page_of({R"({"links":[],"id":"1","parent":"5","creditlimit":"1.5"})",
                      R"({"links":[],"id":"2","parent":"Retail","creditlimit":"much"})",
                      R"({"links":[],"id":"3","parent":"Other"})", R"({"links":[],"id":"4"})"}));
  REQUIRE(page);
  const auto& records = *page->records;
  CHECK(records.fitting(0) == 4);
  CHECK(records.fitting(2) == 1);
  CHECK(records.fitting(3) == 1);
  CHECK(records.fitting(4) == 0);
  REQUIRE(records.misfits().size() == 2);
  CHECK(records.misfits()[0].column == "parent");
  CHECK(records.misfits()[0].misfits == 2);
  CHECK(records.misfits()[0].example == R"("Retail")");
  CHECK(records.misfits()[0].expected == "a whole number of 64 bits");
  CHECK(records.misfits()[1].column == "creditlimit"); // also where another column has rejected the record
  CHECK(records.rejected().empty());
  REQUIRE(records.kept().size() == 3);
  CHECK(records.kept()[1].row == 1);
  CHECK(records.kept()[1].column == "creditlimit");
}

record_type strict_customer() {
  auto type = customer();
  type.strict = true;
  return type;
}

TEST_CASE("records that a strict type rejects for one column share their trouble") {
  const auto page = decode(page_of({R"({"id":"2","parent":"Retail"})", R"({"id":"3","parent":"Other"})"}),
                           anything, strict_customer());
  REQUIRE(page);
  const auto& records = *page->records;
  CHECK(records.kept().empty());
  REQUIRE(records.rejected().size() == 2);
  CHECK(records.rejected()[0].kind == records.rejected()[1].kind);
  CHECK(records.rejected()[0].reason != records.rejected()[1].reason);
}

TEST_CASE("a value that does not fit is kept aside with its row, and the record has none there") {
  const auto page = decode(page_of({R"({"id":"1","companyname":"a","firstorder":"29.2.2024"})",
                                    R"({"id":"x","companyname":"\ud83c"})",
                                    R"({"id":"3","companyname":"b\ud83c ","parent":[1, {"a":2}] })"}));
  REQUIRE(page);
  const auto& records = *page->records;
  REQUIRE(records.size() == 2);
  CHECK(shown(records, 0, 1) == "'a'");
  CHECK(shown(records, 0, 5) == "null");
  CHECK(shown(records, 1, 1) == "null");
  // What is kept of a rejected record is in its raw text.
  CHECK(records.rejected().size() == 1);
  REQUIRE(records.kept().size() == 3);
  CHECK(records.kept()[0].row == 0);
  CHECK(records.kept()[0].column == "firstorder");
  CHECK(records.kept()[0].reason
        == "column 'firstorder' holds \"29.2.2024\", which is not a day as YYYY-MM-DD");
  CHECK(records.kept()[0].raw == R"("29.2.2024")");
  CHECK(records.kept()[1].row == 1);
  CHECK(records.kept()[1].raw == R"("b\ud83c ")");
  CHECK(records.kept()[2].raw == R"([1, {"a":2}])");
}

TEST_CASE("a value that does not fit rejects its record where that is the change column") {
  const auto page = decode(page_of({R"({"id":"1","lastmodifieddate":"yesterday"})"}));
  REQUIRE(page);
  CHECK(page->records->kept().empty());
  REQUIRE(page->records->rejected().size() == 1);
  CHECK(page->records->rejected()[0].reason.starts_with("column 'lastmodifieddate' holds"));
}

TEST_CASE("of a very long value that does not fit the beginning is kept") {
  const auto text = std::string(16383, 'a') + "\xC3\xA9" + std::string(100000, 'a');
  const auto page = decode(page_of({R"({"id":"1","firstorder":")" + text + "\"}"}));
  REQUIRE(page);
  REQUIRE(page->records->kept().size() == 1);
  const auto& raw = page->records->kept()[0].raw;
  CHECK(raw.size() < 17000);
  CHECK(raw.ends_with("a... (116387 bytes in all)"));
}

TEST_CASE("a row becomes cells in the order of the fields, with absent values null") {
  const auto page =
      decode(page_of({R"({"links":[],"companyname":"Halyard & Co","id":"107","isinactive":"F"})",
                      R"({"links":[],"creditlimit":"-1250.50","firstorder":"2024-02-29","id":"108",)"
                      R"("lastmodifieddate":"2024-02-29T23:59:59Z","parent":"-5"})"}));
  REQUIRE(page);
  REQUIRE(page->records->size() == 2);
  CHECK(page->records->columns() == project(customer()).names());
  const std::vector<std::string> first{"#107", "'Halyard & Co'", "null", "null", "#0", "null", "null"};
  const std::vector<std::string> second{
      "#108", "null", "#-5", "'-1250.50'", "null", "'2024-02-29'", "'2024-02-29T23:59:59Z'"};
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(shown(*page->records, 0, i) == first[i]);
    CHECK(shown(*page->records, 1, i) == second[i]);
  }
  CHECK(page->count == 2);
  CHECK(!page->has_more);
  CHECK(page->last == row_cursor{0, 108});
}

TEST_CASE("an empty page is a page") {
  const auto page = decode(page_of({}));
  REQUIRE(page);
  CHECK(page->records->empty());
  CHECK(!page->last);
}

TEST_CASE("whole numbers arrive as text or as numbers") {
  for (const auto type : {field_type::id, field_type::reference, field_type::integer}) {
    CHECK(value_of(type, R"("107")") == "#107");
    CHECK(value_of(type, "107") == "#107");
    CHECK(value_of(type, R"("-9223372036854775808")") == "#-9223372036854775808");
    CHECK(value_of(type, "1.0E7") == "#10000000");
    CHECK(value_of(type, R"("1.2345678E7")") == "#12345678");
    CHECK(value_of(type, "null") == "null");
    CHECK(value_of(type, R"("")") == "null");
    for (const auto* bad : {R"("9223372036854775808")", R"("12x")", R"(" 12")", "1.5", R"("1E18")", "1E18",
                            "true", "[]", "{}", R"("T")"})
      CHECK(is_kept_aside(type, bad));
  }
}

TEST_CASE("decimals keep every digit") {
  CHECK(value_of(field_type::decimal, R"("0.10")") == "'0.10'");
  CHECK(value_of(field_type::decimal, R"("-.5")") == "'-0.5'");
  CHECK(value_of(field_type::decimal, "123456789012345678901234567890.10")
        == "'123456789012345678901234567890.10'");
  CHECK(value_of(field_type::decimal, "1E-7") == "'0.0000001'");
  CHECK(is_kept_aside(field_type::decimal, R"("1,5")"));
  CHECK(is_kept_aside(field_type::decimal, R"("12 EUR")"));
  CHECK(is_kept_aside(field_type::decimal, "false"));
}

TEST_CASE("booleans become one and zero") {
  for (const auto* yes : {R"("T")", R"("true")", "true"}) CHECK(value_of(field_type::boolean, yes) == "#1");
  for (const auto* no : {R"("F")", R"("false")", "false"}) CHECK(value_of(field_type::boolean, no) == "#0");
  for (const auto* bad : {R"("Y")", "1", R"("t ")"}) CHECK(is_kept_aside(field_type::boolean, bad));
}

TEST_CASE("days and moments have to be in their one form") {
  CHECK(value_of(field_type::date, R"("2024-02-29")") == "'2024-02-29'");
  CHECK(is_kept_aside(field_type::date, R"("2/29/2024")"));
  CHECK(is_kept_aside(field_type::date, "20240229"));
  CHECK(value_of(field_type::datetime, R"("2024-02-29T12:00:00Z")") == "'2024-02-29T12:00:00Z'");
  CHECK(is_kept_aside(field_type::datetime, R"("2024-02-29")"));
}

TEST_CASE("text is kept byte for byte") {
  CHECK(value_of(field_type::text, R"("")") == "''");
  CHECK(value_of(field_type::text, R"("  two  blanks ")") == "'  two  blanks '");
  CHECK(value_of(field_type::text, R"("\"q\" \\ \/ \b\f\n\r\t \u0041 \u00e9 \u20ac \ud83c\udf0a")")
        == "'\"q\" \\ / \b\f\n\r\t A \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x8A'");
  CHECK(value_of(field_type::text, "\"\xF0\x9F\x8C\x8A\"") == "'\xF0\x9F\x8C\x8A'");
  CHECK(value_of(field_type::text, R"("a\u0000b")") == std::string{"'a\0b'", 5});
  CHECK(value_of(field_type::text, "1.50") == "'1.50'");
  CHECK(value_of(field_type::text, "true") == "'true'");
  CHECK(value_of(field_type::multi_select, R"("3, 4, 5")") == "'3, 4, 5'");
}

TEST_CASE("half of a surrogate pair stands for no character") {
  CHECK(is_kept_aside(field_type::text, R"("\ud83c")"));
  CHECK(is_kept_aside(field_type::text, R"("\ud83cx")"));
  CHECK(is_kept_aside(field_type::text, R"("\x41")"));
}

TEST_CASE("a list or an object is no value") {
  CHECK(is_kept_aside(field_type::text, R"([1,{"a":2}])"));
  CHECK(is_kept_aside(field_type::text, R"({"id":"1","refName":"x"})"));
}

TEST_CASE("keys are found in any case and spelling, unknown ones are ignored") {
  const auto page = decode(page_of({R"({"ID":"1","CompanyName":"a","unheard":{"of":[1]},"LINKS":[]})",
                                    R"({"i\u0064":"2","companyname":"b"})"}));
  REQUIRE(page);
  REQUIRE(page->records->size() == 2);
  CHECK(shown(*page->records, 0, 1) == "'a'");
  CHECK(shown(*page->records, 1, 0) == "#2");
}

TEST_CASE("the order of keys may change from row to row") {
  const auto page =
      decode(page_of({R"({"id":"1","companyname":"a","parent":"9"})", R"({"parent":"8","id":"2"})",
                      R"({"companyname":"c","parent":"7","id":"3"})", R"({"id":"4"})"}));
  REQUIRE(page);
  REQUIRE(page->records->size() == 4);
  CHECK(shown(*page->records, 1, 2) == "#8");
  CHECK(shown(*page->records, 1, 1) == "null");
  CHECK(shown(*page->records, 2, 1) == "'c'");
  CHECK(shown(*page->records, 3, 2) == "null");
}

TEST_CASE(
    "a bad value rejects its record of a strict type with key, reason and raw text, and keeps the others") {
  const auto bad = R"({"links":[],"id":"2","companyname":"b \u0041","firstorder":"29.2.2024"})";
  const auto page =
      decode(page_of({R"({"id":"1","companyname":"a"})", bad, R"({"id":"3","companyname":"c"})"}), anything,
             strict_customer());
  REQUIRE(page);
  REQUIRE(page->records->size() == 2);
  CHECK(shown(*page->records, 0, 1) == "'a'");
  CHECK(shown(*page->records, 1, 1) == "'c'");
  REQUIRE(page->records->rejected().size() == 1);
  const auto& rejected = page->records->rejected().front();
  CHECK(rejected.key == "2");
  CHECK(rejected.reason == "column 'firstorder' holds \"29.2.2024\", which is not a day as YYYY-MM-DD");
  CHECK(rejected.raw == bad);
  CHECK(page->count == 3);
}

TEST_CASE("a record without its key is rejected, and the next page follows the last readable one") {
  const auto page = decode(page_of({R"({"id":"1"})", R"({"companyname":"nobody"})"}, true));
  REQUIRE(page);
  CHECK(page->records->size() == 1);
  REQUIRE(page->records->rejected().size() == 1);
  CHECK(page->records->rejected().front().key.empty());
  CHECK(page->records->rejected().front().reason == "column 'id', the key, is missing");
  CHECK(page->last == row_cursor{0, 1});
  CHECK(page->has_more);
}

TEST_CASE("a rejected record with a key still moves the place") {
  const auto page =
      decode(page_of({R"({"id":"1"})", R"({"id":"2","parent":"x"})"}), anything, strict_customer());
  REQUIRE(page);
  CHECK(page->last == row_cursor{0, 2});
}

TEST_CASE("rows of a set are known by both keys") {
  const auto type = transaction_line();
  const auto page =
      decode(page_of({R"({"transaction":"7","line":"3"})", R"({"transaction":"7","line":"4"})",
                      R"({"transaction":"8","line":"0"})", R"({"transaction":"8","line":"x"})"}),
             anything, type);
  REQUIRE(page);
  CHECK(page->records->size() == 3);
  CHECK(page->last == row_cursor{8, 0});
  CHECK(page->records->rejected().front().key == "8/x");
}

TEST_CASE("dropped columns are not expected") {
  page_decoder decoder{project(customer(), without({"companyname"}))};
  const auto page = decoder.decode(page_of({R"({"id":"1","companyname":"a"})"}), anything);
  REQUIRE(page);
  CHECK(page->records->width() == 6);
}

TEST_CASE("one decoder reads many pages") {
  page_decoder decoder{project(customer())};
  for (int i = 0; i < 100; ++i) {
    CHECK(
        decoder.decode(page_of({fmt::format(R"({{"id":"{}","companyname":"\u0041"}})", i)}), anything)->count
        == 1);
    CHECK(!decoder.decode("{", anything));
  }
}

TEST_CASE("rows that are out of order would lose records, so the page is refused") {
  const auto code = [](const outcome<data_page>& page) { return page ? ec::none : page.error().code; };
  CHECK(code(decode(page_of({R"({"id":"2"})", R"({"id":"1"})"}))) == ec::server);
  CHECK(code(decode(page_of({R"({"id":"5"})"}), {{1, 9}, row_cursor{0, 5}})) == ec::server);
  CHECK(code(decode(page_of({R"({"id":"5"})"}), {{5, 9}})) == ec::server);
  CHECK(code(decode(page_of({R"({"id":"10"})"}), {{5, 9}})) == ec::server);
  CHECK(code(decode(page_of({R"({"id":"6"})"}), {{5, 9}, row_cursor{0, 5}})) == ec::none);
  CHECK(code(decode(page_of({R"({"transaction":"7","line":"3"})"}), {{5, 9}, row_cursor{7, 3}},
                    transaction_line()))
        == ec::server);
  CHECK(code(decode(page_of({R"({"transaction":"8","line":"0"})"}), {{5, 9}, row_cursor{7, 3}},
                    transaction_line()))
        == ec::none);
}

TEST_CASE("a key that is there twice is the criteria's fault") {
  const auto page = decode(page_of({R"({"id":"2"})", R"({"id":"2"})"}));
  REQUIRE(!page);
  CHECK(page.error().code == ec::rejected);
  CHECK(page.error().message.find("not unique: 2") != std::string::npos);
}

TEST_CASE("without hasMore a full page counts as one with more to come") {
  CHECK(decode(R"({"items":[{"id":"1"}]})", {{std::nullopt, 9}, {}, 1})->has_more);
  CHECK(!decode(R"({"items":[{"id":"1"}]})", {{std::nullopt, 9}, {}, 2})->has_more);
}

TEST_CASE("where hasMore says no and totalResults says more, the next page tells") {
  auto page = [](std::string items, std::uint64_t total) {
    return fmt::format(R"({{"items":[{}],"hasMore":false,"totalResults":{}}})", items, total);
  };
  const page_request first{{std::nullopt, 9}, {}, 2};
  const page_request second{{std::nullopt, 9}, row_cursor{1, 0}, 2};
  CHECK(decode(page(R"({"id":"1"})", 5), first)->has_more);
  CHECK(!decode(page(R"({"id":"1"})", 1), first)->has_more);
  CHECK(!decode(page(R"({"id":"1"},{"id":"2"})", 2), first)->has_more);
  CHECK(decode(page("", 3), first).error().code == ec::server);
  CHECK(!decode(page("", 3), second)->has_more);
  CHECK(!decode(R"({"items":[{"id":"1"}],"hasMore":false,"totalResults":"many"})", first)->has_more);
}

TEST_CASE("a page that promises more but cannot say from where is refused") {
  CHECK(decode(page_of({}, true)).error().code == ec::server);
  CHECK(decode(page_of({R"({"companyname":"x"})"}, true)).error().code == ec::rejected);
}

TEST_CASE("what is not a whole page is an error of the server that shows its beginning") {
  const auto whole = page_of({R"({"id":"1","companyname":"a"})", R"({"id":"2","companyname":"b"})"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    const auto page = decode(whole.substr(0, length));
    REQUIRE(!page);
    REQUIRE(page.error().code == ec::server);
  }
  for (const std::string body : {"",
                                 " ",
                                 "<html><body>Welcome</body></html>",
                                 "null",
                                 "7",
                                 "[]",
                                 "{}",
                                 "{\"items\":7}",
                                 "{\"items\":[7]}",
                                 "{\"items\":[[]]}",
                                 "{\"items\":[],\"items\":[]}",
                                 "{\"items\":[]} x",
                                 "{\"items\":[]}{}",
                                 "{\"items\":[{\"id\":tru}]}",
                                 "{\"items\":[{\"id\":12z}]}",
                                 "{\"count\":2,\"items\":[]}",
                                 "{\"hasMore\":\"no\",\"items\":[]}",
                                 "{\"items\":[{\"id\":\"1\"}",
                                 "{\"items\":[{\"id\":\"1\xFF\"}]}",
                                 "{\"items\":[{\"id\":\"1\n\"}]}",
                                 "{\"items\":[{\"id\" \"1\"}]}",
                                 "{\"items\":[{\"id\":}]}",
                                 "{\"items\":[{,}]}"}) {
    CAPTURE(body);
    const auto page = decode(body);
    REQUIRE(!page);
    CHECK(page.error().code == ec::server);
  }
  CHECK(decode("<html>\n<body>Welcome</body></html>").error().message.find("<html> <body>Welcome")
        != std::string::npos);
}

TEST_CASE("a body without room for the parser is copied") {
  std::string body = page_of({R"({"id":"1"})"});
  body.shrink_to_fit();
  CHECK(decode(body)->count == 1);
  body.reserve(body.size() + 1000);
  CHECK(decode(body)->count == 1);
}

} // namespace page_decoder_test

} // namespace tidemark::test
