#include "tools/tidemark/session_commands.hpp"

#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/console.hpp"

#include <string>

namespace tidemark::cli {

void add_session_commands(grammar& to) {
  to.begin_group("this session", true);
  auto nothing = [](const auto&, const console&) { return exit_code::done; };
  to.add<json_words>("json", "JSON instead of text from here on, or text again", nothing)
      .choice("on|off", {"on", "off"}, "without it the other way round",
              [](json_words& words, const std::string& word) { words.on = word == "on"; })
      .optional();
  to.add<leave_words>("exit", "leave; so does Ctrl-D", nothing);
  to.add<leave_words>("quit", "leave, too", nothing);
}

} // namespace tidemark::cli
