/// Which state of an import may follow which.
#pragma once

#include "messages/words.hpp"

namespace tidemark {

/// Whether an import may go from one state to another. A state that is not final may be set again; nothing
/// follows a final one, and only `cancelled` follows `cancelling`.
bool legal(import_state from, import_state to) noexcept;

/// Whether batches of an import in this state may be picked up and stored.
bool accepts_batches(import_state state) noexcept;

/// Whether the plan of an import in this state may still be written: until it is final or cancelling.
bool accepts_plans(import_state state) noexcept;

} // namespace tidemark
