// tidemark: the command line of a node.

#include "tools/tidemark/command_line.hpp"
#include "tools/tidemark/run.hpp"
#include "tools/tidemark/signal_thread.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <exception>

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

exit_code run_with_node(const invocation& wanted, const std::string& path, const console& to) {
  inbox in;
  signal_thread signals{in};
  auto link = node_link::open(path, in);
  if (!link) {
    to.complain(link.error().sentence);
    return link.error().code;
  }
  signals.let_through(true);
  auto program = wanted.node.empty() ? "tidemark" : "tidemark --node " + wanted.node;
  auto code = run(wanted.what, {**link, in, to, user_name(), program});
  signals.let_through(false);
  return code;
}

exit_code start(const std::vector<std::string>& words) {
  auto to = standard_console();
  auto wanted = parse_command_line(words);
  if (!wanted) {
    to.complain(wanted.error().sentence);
    return wanted.error().code;
  }
  to.json = wanted->json;
  if (!needs_node(wanted->what)) return run_without_node(wanted->what, to);
  auto path = socket_path(wanted->node, std::getenv("TIDEMARK_NODE"));
  if (!path) {
    to.complain(path.error().sentence);
    return path.error().code;
  }
  return run_with_node(*wanted, *path, to);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(start({argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    standard_console().complain(fmt::format("cannot go on: {}", error.what()));
    return static_cast<int>(exit_code::failed);
  }
}
