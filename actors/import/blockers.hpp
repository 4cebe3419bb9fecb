/// Pure core: why an import, or a part of it, waits.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "messages/inside/wave.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/slots.hpp"

namespace tidemark {

/// What is known of an import at one moment.
struct waiting_facts {
  import_status status;
  std::map<std::string, std::vector<std::string>> depends_on; ///< by record type
  std::vector<batch_wait> waits;
  pool_status pool;
  unix_ms now = 0;
  bool failed = false; ///< it only waits for its failure to be written down
  /// The imports that have to end before this one begins, in the order in which they run.
  std::vector<std::string> behind = {};
};

/// For the whole import if it rests, else for each record type and its waiting batches: the one thing that
/// each of them waits for. Batches that wait for the same are told together, back-offs one by one.
blocker_list blockers_of(const waiting_facts& facts);

} // namespace tidemark
