/// What a command works with.
#pragma once

#include "tools/tidemark/console.hpp"
#include "tools/tidemark/inbox.hpp"
#include "tools/tidemark/node_link.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

namespace tidemark::cli {

struct surroundings {
  node_link& link;
  inbox& in;
  const console& to;
  std::string user; ///< who asks, for the node's records

  /// For a question that the node puts to an account, which may take its time.
  waiting_hook tells_of_waiting(const std::string& tenant) const {
    return [&people = to, tenant](std::chrono::seconds waited) {
      people.mention(
          fmt::format("the account of {} is being asked, for {} s by now", tenant, waited.count()));
    };
  }

  /// How a command is typed here, for hints: "tidemark --node unix:/n import list".
  std::string call(const std::string& words) const {
    return to.program.empty() ? words : to.program + " " + words;
  }
};

} // namespace tidemark::cli
