/// journal: the live stream of events.
#pragma once

#include <string>

#include "messages/caf_compat.hpp"
#include "messages/wire/journal.hpp"

namespace tidemark {

/// node → journal, monitor: a reload has removed it.
struct forget_tenant {
  std::string id;
};

/// Whoever follows the journal; may live in another process.
using subscriber_actor = caf::typed_actor<sig<void, journal_snapshot>, sig<void, import_event>>;

using journal_actor = caf::typed_actor<
    /// From imports; the journal stamps epoch and sequence.
    sig<void, import_event>, sig<void, forget_tenant>, sig<void, subscribe>, sig<void, more_events>>;

struct query_journal {};
struct journal_handle {
  journal_actor journal;
};

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::forget_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_journal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::journal_handle)
