/// The picture of all imports that are under way: a line each.
#pragma once

#include "tools/tidemark/live_frame.hpp"

#include <map>
#include <string>
#include <vector>

namespace tidemark::cli {

/// What the picture shows.
struct fleet {
  std::string node;
  std::vector<const import_status*> imports; ///< in the order in which they are shown
  std::map<std::string, rate_meter> rates;   ///< by import
  std::vector<pool_status> pools;
};

/// At most `height` lines of at most `width` columns: the node with its slots, then the imports; those that
/// do not fit are counted.
std::vector<line> fleet_frame(const fleet& all, unix_ms now, const frame_shape& shape);

} // namespace tidemark::cli
