/// batch: one pick-up of one batch, the child of a wave.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/inside/common.hpp"
#include "messages/ledger.hpp"
#include "messages/record_set.hpp"

namespace tidemark {

/// What one page took, so that the next ones get the right size.
struct page_seen {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::chrono::microseconds took{0};
};
/// batch → wave: the one message that ends a pick-up.
struct pick_up_ended {
  enum class how : std::uint8_t { completed, released, interrupted, failed };
  /// What is wrong with columns of the table: a search for the cause of a repeated failure has found it out,
  /// or a look at what the range holds.
  enum class finding : std::uint8_t {
    none,           ///< nothing, or a search that came to no end
    columns_broken, ///< `columns` make every query fail
    columns_misfit, ///< `misfits` hold values that cannot be of their types: nothing was stored
    columns_fine,   ///< the cause lies in records of the range
    table_broken    ///< every query of the table fails
  };
  std::uint64_t batch = 0;
  how ended = how::interrupted;
  failure what;             ///< of a failed one; of a released one, what it waited for
  std::string operation_id; ///< NetSuite's, of the request that failed
  std::uint32_t refusals = 0;
  batch_stored stored;
  std::uint64_t bytes = 0; ///< of the response bodies, so that the next batches reserve the right room
  finding found = finding::none;
  std::vector<std::string> columns;        ///< SuiteQL columns, for `columns_broken`
  std::vector<column_evidence> misfits;    ///< for `columns_misfit`
  std::vector<column_evidence> seen;       ///< of a completed one: what its columns held
  std::vector<rejection_count> rejections; ///< of a completed one: why records were rejected
  std::vector<page_seen> pages;
  std::uint32_t slots = 0; ///< how many the account had at the last grant; zero if there was none
};
/// Asks a batch what its pick-up is at.
struct query_pick_up {};
struct pick_up_phase {
  enum class at : std::uint8_t { beginning, budget, login, slot, request, store };
  std::uint64_t batch = 0;
  at what = at::beginning;
};

/// One pick-up of one batch: slot → fetch → decode → store → report, then it ends.
using batch_actor = caf::typed_actor<sig<void, stop_branch>, sig<pick_up_phase, query_pick_up>,
                                     /// Own loop: a patience is over.
                                     sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_pick_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::pick_up_phase)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::pick_up_ended)
