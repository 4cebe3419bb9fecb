/// The live stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Follows one import, or every import for an empty id. The subscriber gets a `journal_snapshot`, then every
/// event in order as long as its credit lasts. One that falls too far behind gets a new snapshot instead of
/// what it missed.
struct subscribe {
  std::string import_id;
  std::uint32_t credit = 0; ///< messages that may be sent before more credit is asked for
};
TIDEMARK_INSPECT(subscribe, x.import_id, x.credit)

struct more_events {
  std::uint32_t credit = 0;
};
TIDEMARK_INSPECT(more_events, x.credit)

/// Events carry (epoch, sequence). An epoch other than the snapshot's means that the journal restarted:
/// subscribe again.
struct journal_snapshot {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  std::vector<import_status> imports;
};
TIDEMARK_INSPECT(journal_snapshot, x.epoch, x.sequence, x.imports)

/// What changed in an import: its head (totals and state) with the one record type or note that changed; a
/// change of its own state carries them all. An alert that is about no import has no head, and goes to every
/// subscriber.
struct import_event {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  unix_ms at = 0;
  std::string kind;     ///< stable: import_state, type_state, batch_completed, batch_failed, batch_released,
                        ///< note, alert_raised, alert_cleared, ...
  import_status import; ///< types and notes hold what changed
  std::uint64_t batch = 0;
  std::string text;
  std::vector<alert> alerts; ///< the one that was raised or cleared
};
TIDEMARK_INSPECT(import_event, x.epoch, x.sequence, x.at, x.kind, x.import, x.batch, x.text, x.alerts)

/// True for the kinds of events that tell of an alert: their head is only there for orientation.
inline bool is_alert(const import_event& event) { return event.kind.starts_with("alert_"); }

} // namespace tidemark
