/// Following everything that a node does.
#pragma once

#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/surroundings.hpp"

namespace tidemark::cli {

/// Shows all imports that are under way, and those that begin meanwhile, until somebody wants it to end or
/// the node is lost.
exit_code follow_all(const surroundings& with);

} // namespace tidemark::cli
