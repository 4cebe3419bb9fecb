#include "samples.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/help_text.hpp"
#include "tools/tidemark/table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
namespace help_text_test {

using namespace tidemark;
using namespace tidemark::cli;

std::string help(const std::vector<std::string>& topic, const std::string& program = "tidemark",
                 std::size_t width = any_width) {
  auto text = help_text(commands(), topic, program, width);
  REQUIRE(text);
  return joined(*text);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// In one line, with one space between words: a long usage is folded.
std::string unfolded(const std::string& text) {
  std::string result;
  for (auto c : text)
    if (c != '\n' && (c != ' ' || !result.ends_with(' ')))
      result += c;
    else if (c == '\n' && !result.ends_with(' '))
      result += ' ';
  return result;
}

TEST_CASE("the overview has every command, the options for all and the exit codes") {
  auto text = help({});
  auto line = unfolded(text);
  for (auto& group : commands().groups()) {
    CHECK_MESSAGE(contains(text, group.title) == !group.in_session, group.title);
    if (group.in_session) continue;
    for (auto& entry : group.entries) CHECK_MESSAGE(contains(line, entry.usage()), entry.words);
  }
  CHECK(contains(text, "--node unix:PATH"));
  CHECK(contains(text, "exit codes"));
}

TEST_CASE("every command says what it is about, and every word that may follow what it means") {
  for (auto* entry : commands().below("")) {
    CHECK_MESSAGE(!entry->brief.empty(), entry->words);
    for (auto& x : entry->parameters) CHECK_MESSAGE(!x.about.empty(), entry->words << " " << x.name);
  }
}

TEST_CASE("no two commands have the same words") {
  for (auto* entry : commands().below("")) CHECK(commands().find(entry->words) == entry);
}

TEST_CASE("help about one command shows its usage and its words") {
  CHECK(help({"import", "resume"})
        == "tidemark import resume ID [--wait[=summary]]\n"
           "\n"
           "Let a paused import go on, whatever paused it.\n"
           "\n"
           "  ID                the import: its id, enough of it, or \"last\"\n"
           "  --wait[=summary]  stay until the import ends; Ctrl-C detaches, the import goes\n"
           "                    on; with =summary only its end is told\n");
}

TEST_CASE("help about the first word of several commands lists them") {
  auto text = help({"import"});
  CHECK(contains(text, "import start TENANT"));
  CHECK(contains(text, "import list"));
  CHECK_FALSE(contains(text, "node status"));
}

TEST_CASE("where commands are typed alone, help leaves out the program") {
  CHECK(help({"import", "status"}, "").starts_with("import status ID\n"));
  CHECK_FALSE(contains(help({}, ""), "exit codes"));
}

TEST_CASE("help fits the terminal") {
  for (auto width : {40UZ, 60UZ, 80UZ, 200UZ})
    for (auto& topic : {std::vector<std::string>{}, {"import"}, {"import", "list"}}) {
      auto lines = help_text(commands(), topic, "", width);
      REQUIRE(lines);
      for (auto& x : *lines) CHECK_MESSAGE(width_of(x) <= width, paint(x, false));
    }
}

TEST_CASE("help about what is no command is refused") {
  auto text = help_text(commands(), {"import", "frob"}, "tidemark", any_width);
  REQUIRE_FALSE(text);
  CHECK(text.error().code == exit_code::refused);
  CHECK(text.error().sentence == "there is no command \"import frob\"; see tidemark help");
}

} // namespace help_text_test
