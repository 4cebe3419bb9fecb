/// A first look at the databases before a node serves.
#pragma once

#include "config/node_config.hpp"
#include "messages/error.hpp"

namespace tidemark {

/// Opens and closes each tenant's database and the control database once, making those that are missing.
/// Refuses what only a person can mend: a file that is no database, one of another program or of a newer
/// tidemark. One that cannot be used at the moment (locked, no room, no permission) passes: its tenant tries
/// again and says so in the log.
outcome<void> check_databases(const node_config& config);

} // namespace tidemark
