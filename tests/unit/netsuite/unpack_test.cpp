#include "netsuite/unpack.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "gzip.hpp"
#include "netsuite/classify.hpp"
namespace unpack_test {

using namespace tidemark;
using tidemark::test::gzip;

http_response packed(std::string body, std::size_t most = 64U << 20U) {
  http_response response;
  response.status = 200;
  response.body = std::make_shared<std::string>(std::move(body));
  response.packed = 1;
  response.max_body = most;
  return response;
}

std::string text_of(std::size_t size) {
  std::mt19937_64 random{size};
  std::string text;
  while (text.size() < size) text += "{\"id\":" + std::to_string(random() % 100'000) + "},";
  text.resize(size);
  return text;
}

TEST_CASE("bodies of every size are unpacked, with room for the parser") {
  for (std::size_t size : {0U, 1U, 2U, 63U, 64U, 65U, 1000U, 4095U, 4096U, 70'000U, 500'000U, 3'000'000U}) {
    CAPTURE(size);
    auto text = text_of(size);
    auto response = packed(gzip(text));
    unpack(response);
    REQUIRE(response.transport == transport_result::ok);
    CHECK(*response.body == text);
    CHECK(response.packed == 0);
    CHECK(response.body->capacity() >= response.body->size() + simdjson::SIMDJSON_PADDING);
  }
}

TEST_CASE("a body that is not packed stays as it is") {
  auto response = packed("{}");
  response.packed = 0;
  unpack(response);
  CHECK(*response.body == "{}");
}

TEST_CASE("a stream that lies about its size is unpacked all the same") {
  auto text = text_of(200'000);
  for (auto told : {'\0', '\xff'}) {
    auto body = gzip(text);
    // The last four bytes are a check of their own (RFC 1952): the lie is found at the end.
    body.replace(body.size() - 4, 4, 4, told);
    auto response = packed(std::move(body));
    unpack(response);
    CHECK(response.transport == transport_result::broken);
  }
}

TEST_CASE("half a stream, a damaged one and none at all are broken transfers") {
  auto whole = gzip(text_of(50'000));
  auto damaged = whole;
  damaged[damaged.size() / 2] ^= 0x20;
  for (auto& body : {whole.substr(0, whole.size() / 2), whole.substr(0, 5), damaged, std::string{"not gzip"},
                     whole + "more"}) {
    auto response = packed(body);
    unpack(response);
    CHECK(response.transport == transport_result::broken);
    CHECK(response.status == 0);
    CHECK(response.body->empty());
    CHECK(classify(response).error().code == ec::transport);
  }
}

TEST_CASE("an answer that says no counts by its status, whatever it says of its body") {
  for (auto status : {401, 429, 503}) {
    for (auto& body : {std::string{}, std::string{"not gzip"}, gzip("{}").substr(0, 7)}) {
      auto response = packed(body);
      response.status = status;
      unpack(response);
      CHECK(response.transport == transport_result::ok);
      CHECK(response.status == status);
      CHECK(*response.body == body);
    }
  }
}

TEST_CASE("a stream of several members is one body") {
  auto response = packed(gzip("{\"items\":") + gzip("[]}"));
  unpack(response);
  CHECK(response.transport == transport_result::ok);
  CHECK(*response.body == "{\"items\":[]}");
}

TEST_CASE("an empty body is none, whatever it is said to be packed as") {
  for (auto status : {200, 204}) {
    auto response = packed("");
    response.status = status;
    unpack(response);
    CHECK(response.transport == transport_result::ok);
    CHECK(response.status == status);
    CHECK(classify(response).has_value() == (status == 204));
  }
}

TEST_CASE("a body that was packed twice is unpacked twice") {
  auto response = packed(gzip(gzip("[1]")));
  response.packed = 2;
  CHECK_FALSE(looks_like_data(response));
  unpack(response);
  CHECK(*response.body == "[1]");
  CHECK(looks_like_data(response));
  auto half = packed(gzip(gzip("[1]").substr(0, 9)));
  half.packed = 2;
  unpack(half);
  CHECK(half.transport == transport_result::broken);
}

TEST_CASE("a body that unpacks to more than the bound is refused, and one of just that size is not") {
  auto text = text_of(10'000);
  auto fits = packed(gzip(text), text.size());
  unpack(fits);
  CHECK(*fits.body == text);
  auto too_large = packed(gzip(text), text.size() - 1);
  unpack(too_large);
  CHECK(too_large.transport == transport_result::body_too_large);
  auto bomb = packed(gzip(std::string(50'000'000, 'x')), 1'000'000);
  unpack(bomb);
  CHECK(bomb.transport == transport_result::body_too_large);
}

TEST_CASE("data is told from other pages by its start, packed or not") {
  CHECK(looks_like_data(packed(gzip(R"({"items":[]})"))));
  CHECK(looks_like_data(packed(gzip(" \n[1]"))));
  CHECK_FALSE(looks_like_data(packed(gzip("<html>maintenance</html>"))));
  CHECK_FALSE(looks_like_data(packed("no gzip")));
  CHECK_FALSE(looks_like_data(packed(gzip(""))));
  auto refused = packed(gzip("{}"));
  refused.status = 429;
  CHECK_FALSE(looks_like_data(refused));
}

} // namespace unpack_test
