/// scheduler: starts imports when their schedules say so.
#pragma once

#include <string>

#include "messages/caf_compat.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/control.hpp"
#include "messages/inside/store.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

/// Answered with a tenant's imports that have not ended, oldest first.
struct find_unfinished {
  std::string tenant;
};
/// Asks whether this could start now if no other import were under way; the error is the one that the start
/// would be refused with.
struct check_start {
  start_import what;
};
/// What the scheduler needs of the node.
using starter_actor = caf::typed_actor<sig<import_status, start_import>, sig<import_rows, find_unfinished>,
                                       sig<done, check_start>>;

/// Starts imports when their schedules say so. `add_schedule` has been checked by the node.
using scheduler_actor =
    caf::typed_actor<sig<schedule_list, list_schedules>, sig<schedule_status, add_schedule>,
                     sig<schedule_status, change_schedule>,
                     /// Own loop: looks at what is due.
                     sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::find_unfinished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::check_start)
