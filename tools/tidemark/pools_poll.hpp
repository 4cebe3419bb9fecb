/// The slots of a node's accounts, asked for now and then while something else is watched.
#pragma once

#include "tools/tidemark/inbox.hpp"
#include "tools/tidemark/node_link.hpp"

#include <optional>
#include <vector>

namespace tidemark::cli {

class pools_poll {
public:
  explicit pools_poll(node_link& link) : link_(link) {}

  /// When `look` wants to be called next.
  clock::time_point due() const { return due_; }
  /// Nothing if it is not time yet. Fails as a question to the node does.
  attempt<std::optional<std::vector<pool_status>>> look();

private:
  node_link& link_;
  clock::time_point due_ = clock::now();
};

} // namespace tidemark::cli
