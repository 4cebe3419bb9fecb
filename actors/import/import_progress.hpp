/// Pure core of an import: owns the rows of its record types and what is known of their batches, and folds
/// both into one status.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <ranges>
#include <string>
#include <vector>

#include "config/dependency_graph.hpp"
#include "messages/ledger.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

/// Everything is recomputed from the *set* of batches, each known by its number: an event that comes twice or
/// late changes nothing. Progress is the weight of finished batches; of the import as of each record type, it
/// never goes back while there is something to come, and reaches the whole only at a good end. What was
/// cancelled or has failed shows what was really done: a record type without a plan is never taken for none,
/// and as long as there is one, begun or not, the import shows no more than the first fifth. While a wave
/// runs a record type, its row is written there, and told here by each change; in between whoever needs a row
/// asks for it here.
///
/// In every status the pick-ups add up: picked_up = completed + failed_attempts + split + released +
/// interrupted
/// + running batches.
class import_progress {
public:
  explicit import_progress(import_row import) : import_(std::move(import)) {}

  /// The ledger has been read.
  void apply(const import_row& import) {
    import_ = import;
    read_ = true;
  }
  /// What is left of the batches of a type that ends without them is cancelled, as in the ledger.
  void apply(const type_row& type);
  /// Batches of a record type that the import does not have count for nothing.
  void apply(const batch_row& batch);
  void apply(const import_note& note);
  /// A record type with what its batches come to, in place of the batches.
  void apply(const type_summary& type);

  /// The ledger's row of an unfinished batch, which is right whatever was told of it before.
  void correct(const batch_row& batch);

  /// No actor runs the import: what the ledger, which has been read, has as running was interrupted, and is
  /// pending until it goes on.
  void cut_off();

  const import_row& import() const noexcept { return import_; }

  /// A record type's row, or null. Valid until the next `apply` of a row of this type.
  const type_row* find(const std::string& record_type) const;

  /// The rows of all record types, by name.
  auto rows() const {
    return std::views::transform(types_, [](auto& entry) -> const type_row& { return entry.second.row; });
  }

  /// Everything, as of `now`, which only the remaining time depends on.
  import_status status(unix_ms now) const;

  /// The same without record types and notes.
  import_status head(unix_ms now) const;

  /// One record type; without a name if it is not known.
  type_status type(const std::string& name) const;

  /// The state that the import ends in once every record type has ended: failed if one of them failed, with
  /// errors if a batch failed or a record was rejected.
  /// `members`: of a group, its own record types.
  import_state verdict(const type_names& members = {}) const;

  /// Tells the estimate of the remaining time that `now` work has been done; call with each finished batch.
  void sample(unix_ms now);

private:
  struct batch_fact {
    batch_state state = batch_state::pending;
    std::uint64_t weight = 0;
    std::uint64_t stored = 0;
    std::uint64_t rejected = 0;
    std::uint64_t unchanged = 0;
    std::uint64_t deleted = 0;
    batch_counters counters;
  };

  struct type_facts {
    type_row row;
    std::map<std::uint64_t, batch_fact> batches;
    type_totals totals;              ///< kept in step with `batches`
    mutable std::uint32_t shown = 0; ///< the highest progress ever told
  };

  static batch_fact fact_of(const batch_row& row);
  static void count(type_facts& type, const batch_fact& fact, bool add);
  static bool has_total(const type_row& row);
  static std::uint64_t expected_weight(const type_facts& type);
  void estimate(import_status& status, std::uint64_t remaining, unix_ms now) const;

  import_row import_;
  bool read_ = false; ///< what belongs to the import has been read from the ledger
  std::map<std::string, type_facts> types_;
  std::vector<import_note> notes_;
  std::deque<std::pair<unix_ms, std::uint64_t>> samples_; ///< (time, weight done), the last minute or so
  mutable std::uint32_t shown_ = 0;                       ///< the highest progress ever told
};

} // namespace tidemark
