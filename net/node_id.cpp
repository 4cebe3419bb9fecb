// CAF 0.17.6 makes a node's id from the machine's MAC addresses, its root file system and the process id. In
// containers all three are often equal, and two nodes with one id cannot talk to each other. This definition
// takes the place of CAF's own in every executable that links the object library tidemark_node_id.

#include <caf/detail/get_root_uuid.hpp>

#include <fmt/format.h>

#include <random>

std::string caf::detail::get_root_uuid() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", entropy(), entropy(), entropy(), entropy());
}
