/// What has to fit together when a pick-up of a batch ends.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "store/tenant_store.hpp"

namespace tidemark {

/// The law of the ledger: every pick-up has ended in exactly one way, or is still running.
bool adds_up(const batch_row& batch) noexcept;

/// Checks the end of a pick-up against the batch as the ledger has it, running. `ec::internal` names what
/// does not fit: the counters, the state that they lead to, the attempt, or the parts of a split.
outcome<void> check_end(const batch_row& running, const pick_up_end& end);

} // namespace tidemark
