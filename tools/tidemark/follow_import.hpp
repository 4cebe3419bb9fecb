/// Following an import until it rests.
#pragma once

#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/surroundings.hpp"

namespace tidemark::cli {

/// Shows an import live on the console until it is at rest and returns its status then. `started` is the
/// answer to a start command, or null. Fails when the import is unknown, the node is lost, or somebody wants
/// the program to end; the import goes on then. `only_end`: nothing is shown before it rests.
attempt<import_status> follow_import(const surroundings& with, const std::string& id,
                                     const import_status* started, bool only_end = false);

} // namespace tidemark::cli
