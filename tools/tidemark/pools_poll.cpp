#include "tools/tidemark/pools_poll.hpp"

#include <utility>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto pause_between = 2s;
// What is watched stands still while the node is asked.
constexpr std::chrono::milliseconds longest_poll = 1s;

} // namespace

attempt<std::optional<std::vector<pool_status>>> pools_poll::look() {
  if (clock::now() < due_) return std::nullopt;
  auto status = link_.ask(query_node{}, longest_poll);
  due_ = clock::now() + pause_between;
  if (!status) return std::unexpected(std::move(status.error()));
  return std::move(status->pools);
}

} // namespace tidemark::cli
