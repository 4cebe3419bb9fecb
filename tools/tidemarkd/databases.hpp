/// A first look at the databases before a node serves.
#pragma once

#include "config/node_config.hpp"
#include "messages/error.hpp"

namespace tidemark {

/// Looks at each tenant's database, without opening it, and opens and closes the control database once, making
/// it if it is missing. Refuses what only a person can mend: a file that is no database, one of another
/// program or of a newer tidemark. One that cannot be used at the moment (locked, no room, no permission)
/// passes: its tenant tries again and says so in the log.
outcome<void> check_databases(const node_config& config);

} // namespace tidemark
