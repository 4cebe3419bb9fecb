/// The names that a node knows, for completion: asked for when they are needed, and remembered for a few
/// seconds.
#pragma once

#include "tools/tidemark/completion.hpp"
#include "tools/tidemark/node_link.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace tidemark::cli {

class name_source {
public:
  /// Empty if there is no link, or the node does not answer at once.
  const std::vector<known_name>& names(word_kind kind, node_link* link);

private:
  struct remembered {
    std::vector<known_name> names;
    std::chrono::steady_clock::time_point until{};
  };
  std::map<word_kind, remembered> known_;
};

} // namespace tidemark::cli
