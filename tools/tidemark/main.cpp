// tidemark: the command line of a node.

#include "tools/tidemark/command_line.hpp"
#include "tools/tidemark/interpreter.hpp"
#include "tools/tidemark/repl.hpp"
#include "tools/tidemark/script.hpp"
#include "tools/tidemark/signal_thread.hpp"
#include "tools/tidemark/surroundings.hpp"
#include "tools/tidemark/tell.hpp"

#include <fmt/format.h>

#include <clocale>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>

#include <pwd.h>
#include <unistd.h>

namespace {

using namespace tidemark::cli;

/// "anna@local".
std::string user_name() {
  auto* entry = ::getpwuid(::geteuid());
  auto name = entry != nullptr ? std::string{entry->pw_name} : fmt::format("uid {}", ::geteuid());
  return name + "@local";
}

exit_code run_one(const command& what, const std::string& path, const console& to) {
  inbox in;
  signal_thread signals{in};
  auto link = node_link::open(path, in);
  if (!link) return complain(to, link.error());
  signals.let_through(true);
  auto code = what.run({**link, in, to, user_name()});
  signals.let_through(false);
  return code;
}

exit_code run_several(std::istream& from, const std::string& path, const console& to, bool numbered,
                      bool stops_at_failure) {
  inbox in;
  signal_thread signals{in};
  interpreter carrying_out{path, in, to, user_name(), stops_at_failure};
  return run_script(from, carrying_out, [&](bool running) { signals.let_through(running); }, numbered);
}

exit_code run_typed(const std::string& path, console to) {
  // The editor reads characters as the locale says.
  std::setlocale(LC_CTYPE, "");
  to.program.clear();
  inbox in;
  signal_thread signals{in};
  signals.let_through(true);
  interpreter carrying_out{path, in, std::move(to), user_name()};
  return run_prompt(carrying_out, in);
}

exit_code start(const std::vector<std::string>& words) {
  auto to = standard_console();
  auto wanted = parse_command_line(words);
  to.json = wanted ? wanted->json : wants_json(words);
  if (!wanted) return complain(to, wanted.error());
  if (wanted->quiet) to = to.silenced();
  if (!wanted->node.empty()) to.program += " --node " + wanted->node;
  if (wanted->what && wanted->script)
    return complain(to, {exit_code::refused, "either one command or -c; see tidemark help"});
  if (wanted->what && !wanted->what->needs_node()) return wanted->what->run(to);
  auto path = socket_path(wanted->node, std::getenv("TIDEMARK_NODE"));
  if (!path) return complain(to, path.error());
  if (wanted->what) return run_one(*wanted->what, *path, to);
  if (wanted->script) {
    std::istringstream from{*wanted->script};
    return run_several(from, *path, to, false, wanted->stops_at_failure);
  }
  if (::isatty(STDIN_FILENO) != 0 && to.terminal()) return run_typed(*path, std::move(to));
  return run_several(std::cin, *path, to, true, wanted->stops_at_failure);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(start({argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    standard_console().complain({exit_code::failed, fmt::format("cannot go on: {}", error.what())});
    return static_cast<int>(exit_code::failed);
  }
}
