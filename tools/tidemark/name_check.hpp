/// Names that the node's answer would not miss.
#pragma once

#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/node_link.hpp"

#include <string>

namespace tidemark::cli {

/// Refuses a record type or group that the criteria of this tenant do not have (of the node, without one),
/// with the nearest that they have. An empty one does.
attempt<void> check_record_type(const std::string& name, const std::string& tenant, node_link& link);

} // namespace tidemark::cli
