/// What happened to an import, for a log: one plain line for each change of a state, none for single batches.
#pragma once

#include "messages/wire/imports.hpp"

#include <string>
#include <vector>

namespace tidemark::cli {

struct state_change {
  std::string text;
  unix_ms at = 0; ///< when it happened; zero: just now
};

/// The lines that lead from `before` to `after`, in the order in which things happen. `before` is null at the
/// start, where record types that have not begun are not worth a line. The import's own end is left to the
/// verdict.
std::vector<state_change> state_changes(const import_status* before, const import_status& after);

} // namespace tidemark::cli
