#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/display_text.hpp"

#include <fmt/format.h>

#include <variant>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;

/// Until the link closes, which is the last that a node does.
exit_code wait_for_end(const node_stopping& stopping, const surroundings& with) {
  auto deadline = clock::now() + std::chrono::seconds{stopping.longest_seconds} + 5s;
  for (;;) {
    auto news = with.in.wait_for_stream(deadline);
    if (std::holds_alternative<node_lost>(news)) return exit_code::done;
    if (auto* wish = std::get_if<interrupted>(&news))
      return complain(with.to, {wish->code, "detached, the node goes on stopping"});
    if (clock::now() >= deadline)
      return complain(with.to,
                      {exit_code::failed, fmt::format("node {} has not stopped within {} s; its log says why",
                                                      stopping.node, stopping.longest_seconds)});
  }
}

exit_code stop(const stop_node& what, const surroundings& with) {
  auto stopping = with.link.ask(signed_by(what, with));
  if (!stopping) return complain(with.to, stopping.error());
  if (!with.to.json)
    with.to.say({{"node "},
                 {printable(stopping->node), tone::strong},
                 {" stops; imports that are under way go on at its next start"}});
  if (auto code = wait_for_end(*stopping, with); code != exit_code::done) return code;
  if (with.to.json)
    with.to.out(json_line({{"node", stopping->node}, {"state", "stopped"}}));
  else
    with.to.say({{"it has stopped", tone::good}});
  return exit_code::done;
}

} // namespace

void add_node_commands(grammar& to) {
  to.begin_group("node");
  ask<query_node>(to, "node status", "the node, its tenants and its NetSuite accounts");
  to.add<stop_node>("node stop", "stop the node, and stay until it has stopped", stop)
      .about("As SIGTERM does: open requests may end first, imports that are under way go on at the next "
             "start.");
  ask<reload_node>(to, "reload", "take up what has changed in the node's configuration file")
      .about("As SIGHUP does: tenants, credentials, criteria and limits, without a restart. Imports of a "
             "tenant whose "
             "settings have changed pause for a moment and go on with the new ones. A file that has a "
             "mistake, or "
             "changes what only a start can change, changes nothing.");
}

} // namespace tidemark::cli
