#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "netsuite/excerpt.hpp"

namespace tidemark::test {

TEST_CASE("an excerpt is one line without control characters") {
  CHECK(excerpt("  <html>\r\n\t<body>\x01 hello\0world ") == "<html> <body> hello");
  CHECK(excerpt(std::string_view{"a\0b\x7F c", 6}) == "a b c");
  CHECK(excerpt("") == "");
  CHECK(excerpt(" \n ") == "");
}

TEST_CASE("an excerpt is bounded and never cuts a character in two") {
  CHECK(excerpt("abcdef", 6) == "abcdef");
  CHECK(excerpt("abcdefg", 6) == "abcdef...");
  CHECK(excerpt("abcde\xC3\xA9", 6) == "abcde...");
  CHECK(excerpt("abcdef   \n", 6) == "abcdef");
}

TEST_CASE("what is not UTF-8 becomes question marks") {
  CHECK(excerpt("a\xFFz") == "a?z");
  CHECK(excerpt("a\xC3") == "a?");
  CHECK(excerpt("\xE2\x82\xAC \xF0\x9F\x8C\x8A") == "\xE2\x82\xAC \xF0\x9F\x8C\x8A");
  for (const auto* text : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
                           "\xF8\x88\x80\x80\x80"})
    CHECK(nlohmann::json(excerpt(text)).dump().find('?') != std::string::npos);
}

} // namespace tidemark::test
