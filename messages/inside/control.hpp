/// control: flags, schedules and the audit, one per node.
#pragma once

#include <cstdint>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/inside/common.hpp"
#include "messages/wire/control.hpp"

namespace tidemark {

struct load_schedules {};
struct schedule_rows {
  std::vector<schedule> rows; ///< by name
};
/// Writes a schedule down.
struct store_schedule {
  enum class how : std::uint8_t { add, save, remove };
  schedule what;
  how done = how::save;
};

/// Which path a tenant's next import takes. Answered also while the control database is away: then with what
/// was known last.
using flag_actor = caf::typed_actor<sig<flag_decision, explain_flag>>;

/// The one user of the control database. What cannot be read or written is an error of the store category.
using control_actor = caf::typed_actor<
    sig<flag_decision, explain_flag>, sig<flag_list, list_flags>, sig<flag_record, change_flag>,
    sig<schedule_rows, load_schedules>, sig<done, store_schedule>,
    /// Adds to the audit; never refused: what cannot be written now is written later, or told.
    sig<done, audit_entry>, sig<audit_list, list_audit>,
    /// Own loops: removes old entries of the audit; looks whether the database is well.
    sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::load_schedules)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::schedule_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::store_schedule)
