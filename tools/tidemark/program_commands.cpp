#include "messages/wire/hello.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/help_text.hpp"
#include "tools/tidemark/tell.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

namespace {

struct no_words {};

exit_code show_version(const no_words&, const console& to) {
  if (to.json)
    to.out(json_line({{"version", TIDEMARK_VERSION}, {"protocol", protocol_version}}));
  else
    to.out(fmt::format("tidemark {} (protocol {})\n", TIDEMARK_VERSION, protocol_version));
  return exit_code::done;
}

exit_code show_help(const help_words& what, const console& to) {
  auto text = help_text(commands(), what.topic, to.program.empty() ? "" : "tidemark", to.width());
  if (!text) return complain(to, text.error());
  to.print(*text);
  return exit_code::done;
}

} // namespace

void add_program_commands(grammar& to) {
  to.begin_group("this program");
  to.add<no_words>("version", "the version of this program", show_version);
  to.add<help_words>("help", "this text, or more about one command", show_help)
      .words("COMMAND", &help_words::topic, "the words of the command", word_kind::command)
      .optional();
}

} // namespace tidemark::cli
