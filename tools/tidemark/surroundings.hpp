/// What a command works with.
#pragma once

#include "tools/tidemark/console.hpp"
#include "tools/tidemark/inbox.hpp"
#include "tools/tidemark/node_link.hpp"

#include <string>

namespace tidemark::cli {

struct surroundings {
  node_link& link;
  inbox& in;
  const console& to;
  std::string user; ///< who asks, for the node's records

  /// How a command is typed here, for hints: "tidemark --node unix:/n import list".
  std::string call(const std::string& words) const {
    return to.program.empty() ? words : to.program + " " + words;
  }
};

} // namespace tidemark::cli
