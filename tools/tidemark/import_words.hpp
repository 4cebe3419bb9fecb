/// Imports as people name them.
#pragma once

#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/node_link.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::cli {

/// The ids that begin with `word`, with or without their tenant, or end with it; the one that is `word`, if
/// it is there, alone.
std::vector<std::string> ids_like(std::string_view word, std::span<const std::string> ids);

/// The id of the import that a word means: a whole id, "last" or "TENANT.last" for the newest one, or as much
/// of an id as tells it from all others. A word that is like no id is given back as it is: the node says what
/// is wrong with it.
attempt<std::string> import_meant_by(const std::string& word, node_link& link);

} // namespace tidemark::cli
