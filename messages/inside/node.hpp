/// node: one per process.
#pragma once

#include <memory>
#include <string>

#include "messages/caf_compat.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/session.hpp"
#include "messages/inside/store.hpp"
#include "messages/metrics.hpp"

namespace tidemark {

/// Reads the configuration again, which takes a while: whoever does it has a thread of its own.
struct read_settings {};
struct settings_read {
  std::shared_ptr<const struct node_settings> settings;
};
/// Answers once, then ends.
using settings_reader_actor = caf::typed_actor<sig<settings_read, read_settings>>;

/// tenant → node: its database at this place has been taken over, or written since, and is known by this from
/// now on, also to the next actor of the tenant.
struct database_taken {
  std::string tenant;
  std::string location;
  ownership as;
};

using node_actor =
    command_actor::extend<sig<void, database_taken>, sig<metrics_snapshot, query_metrics>,
                          sig<import_rows, find_unfinished>, sig<done, check_start>,
                          /// Of the doors, about a command that changes something: when it has ended.
                          sig<done, audit_entry>, sig<journal_handle, query_journal>,
                          sig<child_list, list_children>,
                          /// Stops everything below, then answers.
                          sig<done, stop_branch>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::database_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::read_settings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::settings_read)
