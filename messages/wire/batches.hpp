/// Batches, records that were kept aside, and what waits for what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/ledger.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// The batches of an import, in the order of their numbers. The answer is a page: as many as `limit` says, or
/// less if they are large.
struct list_batches {
  std::string id;
  std::string record_type; ///< empty: all
  std::string state;       ///< the word of a batch state; empty: all
  std::uint32_t limit = 100;
  std::uint64_t after = 0; ///< `next` of the page before; zero: from the first
};
TIDEMARK_INSPECT(list_batches, x.id, x.record_type, x.state, x.limit, x.after)

struct batch_info {
  std::uint64_t number = 0;
  std::string record_type;
  bool from_start = false; ///< the range has no lower bound; `after` means nothing then
  std::int64_t after = 0;
  std::int64_t up_to = 0;
  std::uint64_t weight = 0;
  batch_state state = batch_state::pending;
  batch_counters counters;
  std::uint32_t deaths = 0;
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;
  std::string error_code; ///< of the last failed attempt
  std::string error_text;
  std::string operation_id;
};
TIDEMARK_INSPECT(batch_info, x.number, x.record_type, x.from_start, x.after, x.up_to, x.weight, x.state,
                 x.counters, x.deaths, x.stored, x.rejected, x.error_code, x.error_text, x.operation_id)

struct batch_list {
  std::string import_id;
  std::vector<batch_info> batches;
  std::uint64_t left_off = 0; ///< so many more match
  std::uint64_t next = 0;     ///< where another page goes on; zero: there are no more
};
TIDEMARK_INSPECT(batch_list, x.import_id, x.batches, x.left_off, x.next)

/// Records of a tenant that were kept aside, in pages as `list_batches`.
struct list_rejected {
  std::string tenant;
  std::string record_type; ///< empty: all
  std::uint32_t limit = 100;
  std::uint64_t after = 0; ///< `next` of the page before; zero: from the first
};
TIDEMARK_INSPECT(list_rejected, x.tenant, x.record_type, x.limit, x.after)

TIDEMARK_INSPECT(rejected_record, x.key, x.reason, x.raw)
TIDEMARK_INSPECT(kept_record, x.record_type, x.record, x.import_id, x.batch, x.at)

struct rejected_list {
  std::vector<kept_record> records; ///< oldest first; of very large ones only the beginning
  std::uint64_t next = 0;           ///< where another page goes on; zero: there are no more
};
TIDEMARK_INSPECT(rejected_list, x.records, x.next)

/// Why an import, or a part of it, waits.
struct query_blockers {
  std::string id;
};
TIDEMARK_INSPECT(query_blockers, x.id)

/// The one thing that a record type, or batches of it, wait for.
struct blocker {
  std::string record_type = {}; ///< empty: the whole import
  std::uint64_t batch = 0;      ///< the first of the batches; zero: the record type itself
  std::uint64_t batches = 0;
  /// Stable: queue, slot, outage, dependency, taken, back_off, paused, store, memory, login,
  /// solitude, suspicion, cancelling.
  std::string what = {};
  std::string subject = {}; ///< the dependency, the other import, the account, who paused
  unix_ms until = 0;        ///< when it is known
  std::string text = {};    ///< the whole of it as a sentence
};
TIDEMARK_INSPECT(blocker, x.record_type, x.batch, x.batches, x.what, x.subject, x.until, x.text)

struct blocker_list {
  std::string import_id;
  import_state state = import_state::queued;
  std::vector<blocker> blockers;
};
TIDEMARK_INSPECT(blocker_list, x.import_id, x.state, x.blockers)

} // namespace tidemark
