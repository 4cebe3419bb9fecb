#include <doctest/doctest.h>

#include <random>
#include <string>

#include "answers.hpp"
#include "error_samples.hpp"
#include "netsuite/classify.hpp"
#include "netsuite/oauth2.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "sample_types.hpp"

namespace tidemark::test {

namespace mutation_test {

constexpr std::string_view fragments[] = {
    "{",    "}",    "[",   "]", "\"",   "\\",       ",",  ":",           "\\u",          "\\ud83c",
    "null", "true", "1e9", "-", "\xFF", "\xF0\x9F", "\n", "\"items\":[", "\"id\":\"1\"", "<html>"};

/// Changes a few bytes: flips, cuts, doubles, inserts.
std::string mutate(std::string text, std::mt19937& random) {
  const auto place = [&] { return text.empty() ? 0 : random() % text.size(); };
  for (auto changes = 1 + random() % 4; changes > 0; --changes) {
    switch (random() % 6) {
    case 0:
      if (!text.empty()) text[place()] = static_cast<char>(random() % 256);
      break;
    case 1: text.erase(place(), 1 + random() % 8); break;
    case 2: text.insert(place(), fragments[random() % std::size(fragments)]); break;
    case 3: text.resize(place()); break;
    case 4: text.insert(place(), text.substr(place(), random() % 40)); break;
    default:
      if (!text.empty()) text[place()] = static_cast<char>(text[place()] ^ (1 << (random() % 8)));
    }
  }
  return text;
}

const std::string page =
    R"({"links":[{"rel":"self","href":"https://example.com"}],"count":3,"hasMore":true,"items":[)"
    R"({"links":[],"companyname":"Halyard \u0026 Co \ud83c\udf0a","id":"-7","isinactive":"F"},)"
    R"({"links":[],"creditlimit":"-12.50","firstorder":"2024-02-29","id":"8","parent":12},)"
    R"({"links":[],"id":"9","lastmodifieddate":"2024-02-29T23:59:59Z","unknown":{"a":[1,2]}}],)"
    R"("offset":0,"totalResults":3})";

TEST_CASE("mutated pages are decoded or refused, and what is decoded adds up") {
  std::mt19937 random{7};
  page_decoder decoder{project(customer())};
  page_decoder lines{project(transaction_line())};
  int decoded = 0;
  for (int i = 0; i < 40'000; ++i) {
    auto body = mutate(page, random);
    body.reserve(body.size() + 64);
    const auto result = decoder.decode(body, {{std::nullopt, INT64_MAX}});
    static_cast<void>(lines.decode(body, {{-50, 1000}, row_cursor{1, 2}}));
    if (!result) {
      REQUIRE(!result.error().message.empty());
      continue;
    }
    ++decoded;
    REQUIRE(result->records->size() + result->records->rejected().size() == result->count);
    for (const auto& rejected : result->records->rejected()) {
      REQUIRE(!rejected.reason.empty());
      REQUIRE(rejected.raw.starts_with('{'));
      REQUIRE(rejected.raw.ends_with('}'));
    }
  }
  CHECK(decoded > 1000);
}

TEST_CASE("mutated errors are always classified") {
  std::mt19937 random{8};
  const auto& samples = error_samples();
  for (int i = 0; i < 40'000; ++i) {
    const auto& sample = samples[random() % samples.size()];
    const auto status = random() % 8 == 0 ? static_cast<long>(random() % 700) : sample.status;
    const auto verdict = classify(answer(status, mutate(sample.body, random)));
    if (status < 200 || status >= 300) REQUIRE(!verdict);
    if (!verdict) REQUIRE(!verdict.error().message.empty());
  }
}

TEST_CASE("mutated small answers are decoded or refused") {
  std::mt19937 random{9};
  const std::string rows =
      R"({"count":1,"hasMore":false,"items":[{"boundary":"-7","position":"50","total":"50","last":"8"}]})";
  for (int i = 0; i < 20'000; ++i) {
    const auto body = mutate(rows, random);
    static_cast<void>(decode_boundaries(body));
    static_cast<void>(decode_count(body));
    static_cast<void>(decode_walk(body));
    static_cast<void>(
        parse_token_response(answer(200, mutate(R"({"access_token":"x","expires_in":"3600"})", random)), 0));
    static_cast<void>(
        parse_server_time(answer(200, mutate(R"({"serverTime":"2025-03-26T16:21:00.000Z"})", random))));
    static_cast<void>(parse_governance(answer(200, mutate(R"({"accountConcurrencyLimit":5})", random))));
  }
}

} // namespace mutation_test

} // namespace tidemark::test
