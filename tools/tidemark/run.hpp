/// Carrying out commands.
#pragma once

#include "tools/tidemark/command.hpp"
#include "tools/tidemark/console.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/inbox.hpp"
#include "tools/tidemark/node_link.hpp"

#include <string>

namespace tidemark::cli {

/// What a command works with.
struct surroundings {
  node_link& link;
  inbox& in;
  const console& to;
  std::string user;                 ///< who asks, for the node's records
  std::string program = "tidemark"; ///< how to call this program again, for hints
};

/// Carries out a command and tells its outcome on the console, troubles included.
exit_code run(const command& what, const surroundings& with);

/// The same for a command that needs no node.
exit_code run_without_node(const command& what, const console& to);

} // namespace tidemark::cli
