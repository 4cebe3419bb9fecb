/// Storing the records of one batch.
#pragma once

#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/deletions.hpp"
#include "store/sqlite/record_key.hpp"
#include "store/sqlite/record_writer.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::sqlite {

/// What a write of a range stands for.
struct write_scope {
  bool whole = true; ///< the pages are everything that the account has in the range; else what has changed
  rewriting rule = rewriting::always;
  /// The sets of the records: those that have changed are noted, if it is told whether one has.
  std::vector<set_table> sets = {};
};

/// Writes a batch's records, keeps aside what cannot be stored, and notes what is missing. Lives for one
/// batch, inside a transaction of the caller's.
class batch_writer {
public:
  /// `import` is the import's number.
  batch_writer(connection& db, record_writer& records, const batch_write& write, std::int64_t import,
               write_scope scope, unix_ms now);

  outcome<batch_stored> run();

private:
  outcome<void> write_page(const record_set& page);
  outcome<void> write_row(upsert& into, const record_set& page, std::size_t index);
  void reject(const record_set& page, std::span<const cell> row, std::string key, std::string reason);
  void note_rejected(const rejected_record& x);

  outcome<void> settle_earlier_rejections();
  outcome<void> keep_rejections();
  outcome<void> note_changed();
  outcome<void> settle_kept_values();
  outcome<void> note_undated();
  outcome<void> look_for_stored();
  outcome<void> note_missing();
  outcome<void> take_back_missing();
  /// Notes the records of this range that are stored but did not arrive.
  outcome<void> note_missing_in(std::int64_t first, std::int64_t last);

  const record_table& table() const noexcept { return records_.table(); }
  bool arrived(const record_key& key) const;
  bool parent_arrived(std::int64_t parent) const;

  connection& db_;
  record_writer& records_;
  const batch_write& write_;
  std::int64_t import_;
  write_scope scope_;
  unix_ms now_;
  std::string synced_at_;
  std::string stored_keys_; ///< SQL

  batch_stored done_;
  std::vector<rejected_record> rejected_;
  std::vector<std::int64_t> changed_; ///< keys of records that have sets
  /// Values that do not fit, with the records that are stored without them.
  std::vector<std::pair<record_key, const kept_value*>> kept_;
  std::vector<record_key> arrived_; ///< within the range; sorted once all pages are written
  bool every_key_is_known_ = true;
  bool holds_some_ = true;   ///< the table, in the range, before the pages are written
  bool has_undated_ = false; ///< records without a change date
};

} // namespace tidemark::sqlite
