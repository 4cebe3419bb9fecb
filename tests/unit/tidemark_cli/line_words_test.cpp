#include "tools/tidemark/line_words.hpp"

#include <doctest/doctest.h>
namespace line_words_test {

using namespace tidemark::cli;

using words = std::vector<std::string>;
using commands_of_line = std::vector<words>;

commands_of_line split(const std::string& text) {
  auto got = split_line(text);
  REQUIRE_MESSAGE(got, got.error().sentence);
  return *got;
}

TEST_CASE("words are parted by blanks, commands by semicolons") {
  CHECK(split("  import  start acme\tinvoice ") == commands_of_line{{"import", "start", "acme", "invoice"}});
  CHECK(split("a b;c; d ;") == commands_of_line{{"a", "b"}, {"c"}, {"d"}});
  CHECK(split(" ;; ").empty());
  CHECK(split("").empty());
}

TEST_CASE("a remark ends a line, but # within a word is a letter") {
  CHECK(split("a b # c; d") == commands_of_line{{"a", "b"}});
  CHECK(split("# all of it").empty());
  CHECK(split("a#b") == commands_of_line{{"a#b"}});
}

TEST_CASE("quotes and backslashes keep blanks, semicolons and empty words") {
  CHECK(split("a 'b c;d' \"e 'f'\" g\\ h ''") == commands_of_line{{"a", "b c;d", "e 'f'", "g h", ""}});
  CHECK(split("a'b'c") == commands_of_line{{"abc"}});
  CHECK(split("'a\\b' \"a\\\"b\"") == commands_of_line{{"a\\b", "a\"b"}});
}

TEST_CASE("a quote that is not closed is refused") {
  auto got = split_line("a 'b");
  REQUIRE_FALSE(got);
  CHECK(got.error().code == exit_code::refused);
  CHECK(got.error().sentence == "the quote ' is not closed");
}

TEST_CASE("of a line that is being typed, the last command's words and the word at its end are known") {
  auto typed = split_unfinished("version; import st");
  CHECK(typed.words == words{"import"});
  CHECK(typed.word == "st");
  CHECK(typed.begin == 16);
  typed = split_unfinished("import start ");
  CHECK(typed.words == words{"import", "start"});
  CHECK(typed.word.empty());
  CHECK(typed.begin == 13);
  CHECK(split_unfinished("a 'b c").word == "b c");
  CHECK(split_unfinished("a # b").remark);
}

TEST_CASE("a word is typed so that it is read as it was") {
  for (auto& word : words{"a b", "it's", "a;b", "a\"b", "a\\b", "#a", "plain"})
    CHECK(split(as_typed(word)) == commands_of_line{{word}});
}

} // namespace line_words_test
