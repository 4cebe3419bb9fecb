/// Pure core of an import: folds the events of its waves into one status.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "messages/ledger.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

/// Everything is recomputed from the *set* of batches, each known by its number: an event that comes twice or
/// late changes nothing. Progress is the weight of finished batches; of the import as of each record type, it
/// never goes back, and reaches the whole only at the end.
class import_progress {
public:
  explicit import_progress(import_row import) : import_(std::move(import)) {}

  void apply(const import_row& import) { import_ = import; }
  void apply(const type_row& type);
  void apply(const batch_row& batch);
  void apply(const import_note& note);
  /// A record type with what its batches come to, in place of the batches.
  void apply(const type_summary& type);

  const import_row& import() const noexcept { return import_; }

  /// Everything, as of `now`, which only the remaining time depends on.
  import_status status(unix_ms now) const;

  /// The same without record types and notes.
  import_status head(unix_ms now) const;

  /// One record type, which must be known.
  type_status type(const std::string& name) const;

  /// The state that the import ends in once every record type has ended: failed if one of them failed, with
  /// errors if a batch failed or a record was rejected.
  import_state verdict() const;

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

  static void count(type_facts& type, const batch_fact& fact, bool add);
  static std::uint64_t expected_weight(const type_facts& type);
  void estimate(import_status& status, std::uint64_t remaining, unix_ms now) const;

  import_row import_;
  std::map<std::string, type_facts> types_;
  std::vector<import_note> notes_;
  std::deque<std::pair<unix_ms, std::uint64_t>> samples_; ///< (time, weight done), the last minute or so
  mutable std::uint32_t shown_ = 0;                       ///< the highest progress ever told
};

} // namespace tidemark
