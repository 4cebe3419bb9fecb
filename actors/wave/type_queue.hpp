/// Pure core of a wave: one record type of an import, its queue of batches, and when it is done.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/wave/batch_life_cycle.hpp"
#include "actors/wave/page_size.hpp"
#include "actors/wave/retry_budget.hpp"
#include "config/criteria.hpp"
#include "messages/inside/batch.hpp"
#include "messages/inside/planner.hpp"
#include "messages/inside/wave.hpp"
#include "netsuite/misfits.hpp"
#include "netsuite/planned_batch.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/rejections.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

/// Holds unfinished batches as small values; a finished one is only counted.
class type_queue {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// What the end of a pick-up leads to, beyond the batch itself.
  enum class consequence : std::uint8_t {
    none,
    columns_changed, ///< go on without these columns, or ask for them otherwise; tell people once
    type_skipped,    ///< the account has no such table, or a column less that records are told apart by
    type_failed,     ///< going on would be in vain: see `why`
    import_blocked   ///< credentials, or the database: the import as a whole cannot go on now
  };

  struct ended_pick_up {
    batch_row row;
    bool failed_attempt = false;
    consequence then = consequence::none;
    std::vector<std::string> dropped; ///< columns that the account lacks or breaks on, for `columns_changed`
    column_ways otherwise;            ///< columns that are asked for in another way, for the same
    std::vector<column_evidence> misfits; ///< columns that hold something else than declared, for the same
    failure why;                          ///< for `type_failed`
    std::string key_column;       ///< for `type_skipped`: the account lacks it; empty if it lacks the table
    std::vector<batch_row> parts; ///< of a split batch: for the ledger, then for `enqueue`
  };

  struct options {
    retry_options retry;
    page_size_options pages{};
    /// Records of the type that may be rejected before it fails.
    std::uint64_t max_rejected = 1000;
  };

  /// `type` and, of a set, `parent` must outlive this object.
  type_queue(const begin_type& begin, const record_type& type, options with,
             const record_type* parent = nullptr);

  const type_row& row() const noexcept { return row_; }
  type_row& row() noexcept { return row_; }
  std::uint32_t remaining_path() const noexcept { return remaining_path_; }
  const std::shared_ptr<const projection>& what() const noexcept { return what_; }

  /// Where planning has to go on; nothing if it starts at the beginning.
  std::optional<std::int64_t> planned_up_to() const noexcept { return planned_up_to_; }

  std::uint64_t planned_weight() const noexcept { return planned_weight_; }

  /// Which records are asked for: those changed since a moment (zero: all) and those with these keys. A type
  /// of which something is planned keeps its moment.
  void choose_scope(unix_ms changed_since, std::vector<std::int64_t> keys, bool undated = false);
  const row_scope& scope() const noexcept { return scope_; }

  /// Asks for everything, if less was asked for and nothing is planned yet; otherwise returns false.
  bool widen();

  /// Does not ask for this SuiteQL column from now on. False if the type cannot be imported without it.
  bool leave_out(const std::string& column);

  /// Asks as the note says, if it is about the type or a set's parent.
  void ask_as(const import_note& note);

  /// These columns are in the numbers of records that are stored: see `table_prepared`.
  void keep_in_key(const std::vector<std::string>& columns);

  /// The type cannot be imported without this column: by the criteria, or since records that are stored are
  /// told apart by it.
  bool is_bound_to(std::string_view column) const;

  /// That the account lacks such a column.
  std::string text_without(std::string_view column, std::string_view said) const;
  /// Notes on what the account lacked when the type was last read.
  void remember_lacks(std::vector<import_note> notes) { lacks_ = std::move(notes); }

  /// Those of them whose columns are asked for again, of a type of which only the changes are read.
  std::vector<import_note> asked_lacks() const;

  /// Whether the account lacked the type when it was last asked for it, and whether it was ever read whole.
  void remember_past(bool was_skipped, bool was_read) noexcept;

  /// Skipping the type is an error: others need it, or it was there, and it was not skipped before.
  bool is_skip_news() const noexcept { return is_skip_news_; }

  /// The account has refused to tell on which side of the type's filter a row lies.
  bool sorts_by_keys() const noexcept { return sorts_by_keys_; }

  /// The records of a batch that came with the plan, once.
  std::shared_ptr<const record_set> take_first_page(std::uint64_t batch);

  /// Nothing of it has been fetched yet.
  bool is_untouched() const noexcept { return completed_ == 0 && failed_ == 0; }

  /// What it depends on is in: its batches may run. Until then a held type is only planned.
  void release_hold();

  /// Takes a part of the plan; returns the new rows, to be written to the ledger and then given to `enqueue`.
  std::vector<batch_row> plan(const ranges_planned& ranges);
  void enqueue(const std::vector<batch_row>& rows);

  /// A batch that may run now, and when the next one becomes due if none may.
  bool has_due(time_point now);
  std::optional<time_point> next_due() const;

  /// The room that a batch's response bodies take: a little more than the largest seen lately.
  std::uint64_t expected_bytes() const noexcept { return expected_bytes_; }

  /// Rows to ask for per page.
  std::uint32_t page_rows() const noexcept { return pages_.rows(); }

  /// Picks up the first due batch. Only after `has_due`.
  batch_row pick_up();

  /// A batch waits that must run with nothing else of its import beside it.
  bool wants_solitude(time_point now);

  /// Picks that one up. Only after `wants_solitude`.
  batch_row pick_up_alone();

  /// What the present pick-up of a running batch is for, and the failure that has led to that.
  purpose purpose_of(std::uint64_t batch) const { return live_.at(batch).wanted; }
  std::string why(std::uint64_t batch) const { return live_.at(batch).life.row().error_text; }

  /// Fewer rows of a running batch are not believed before they are counted: what it was planned to hold. Of
  /// a part, whose weight is a guess, no number is.
  std::uint64_t believed_from(std::uint64_t batch) const;

  /// What its batches in the queue wait for.
  std::vector<batch_wait> waits(time_point now) const;

  /// The end of a running batch's pick-up; nothing for a batch that is not running.
  std::optional<ended_pick_up> end(const pick_up_ended& ended, time_point now);

  /// The type ends in this state, whatever else its batches would make of it: none of them begins any more.
  /// It is finished when those that run have ended. The first verdict holds.
  void end_as(type_state state, std::string error);
  bool ending() const noexcept { return ends_as_.has_value(); }

  /// Nothing of this type is left to do, and nothing of it is on its way to the ledger.
  bool finished() const noexcept;

  /// The state that it ends in, and why: as it was told, or as follows from how the batches ended.
  type_state verdict() const noexcept;
  const std::string& error() const noexcept { return ends_as_ ? ends_as_->error : last_error_; }

private:
  struct live_batch {
    batch_life_cycle life;
    purpose wanted = purpose::fetch;
    bool suspect = false;                             ///< a part of a batch that fails by its content
    std::uint32_t content_fails = 0;                  ///< in a row
    std::shared_ptr<const projection> asked_for = {}; ///< in the present pick-up
    std::uint32_t asked_rows = 0;                     ///< per page, in the present pick-up
  };

  struct told_end {
    type_state state;
    std::string error;
  };

  enum class remedy : std::uint8_t { try_again, search, split, careful };

  batch_row pick_up(std::set<std::uint64_t>& from);
  void make_due(std::uint64_t number);
  void take_due(time_point now);
  bool may_begin() const noexcept { return !held_ && !ending(); }
  std::optional<std::pair<planned_batch, planned_batch>> halves_of(const batch_row& row) const;
  bool must_be_alone(const live_batch& batch) const noexcept;
  consequence judge(const live_batch& batch, const pick_up_ended& ended, ended_pick_up& result);
  remedy remedy_for(const live_batch& batch, ec code) const;
  void fail(live_batch& batch, const pick_up_ended& ended, time_point now, ended_pick_up& result);
  void split(live_batch& batch, const pick_up_ended& ended, ended_pick_up& result);
  void give_up(ec code, std::string text, ended_pick_up& result) const;
  void suspect(const pick_up_ended& ended);
  bool ask_by(const std::string& column, column_way way);
  void project_anew();
  column_way way_after_refusal(const projection& asked, const std::string& column) const;
  void expect(std::uint64_t bytes);
  void learn(live_batch& batch, const pick_up_ended& ended);
  void count_final(const batch_row& row, ended_pick_up& result);
  void leave_misfits_out(const std::vector<column_evidence>& columns, ended_pick_up& result);
  type_state present_state() const noexcept;
  void requeue(std::uint64_t number, const batch_life_cycle& batch, time_point now);

  type_row row_;
  const record_type* type_;
  const record_type* parent_;
  row_scope scope_;
  std::map<std::uint64_t, std::shared_ptr<const record_set>> first_pages_; ///< by batch; at most one
  options options_;
  std::uint32_t remaining_path_;
  std::uint64_t next_number_;
  column_ways ways_;
  column_ways parent_ways_;
  bool sorts_by_keys_ = false;
  column_names in_key_; ///< that stored records are told apart by
  std::vector<import_note> lacks_;
  std::shared_ptr<const projection> what_;
  bool held_;
  bool is_skip_news_;
  std::optional<std::int64_t> planned_up_to_;
  std::uint64_t planned_weight_ = 0;
  std::size_t unwritten_ = 0;                ///< planned, but not in the ledger yet
  std::map<std::uint64_t, live_batch> live_; ///< pending and running ones
  std::set<std::uint64_t> due_;
  std::set<std::uint64_t> due_alone_;
  std::multimap<time_point, std::uint64_t> delayed_;
  std::set<std::uint64_t> suspects_; ///< parts of split batches that fail at their first failure
  retry_budget budget_;
  page_size pages_;
  bool proven_ = false;       ///< a batch came through with all present columns
  bool columns_fine_ = false; ///< a search has said so
  std::optional<std::uint64_t>
      doubt_; ///< while it is not known whether the columns are at fault, only this runs
  std::uint64_t completed_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t rejected_ = 0;
  misfit_tally columns_; ///< of completed batches, since this object was made
  rejection_tally rejections_;
  // Before the first page is seen: a thousand rows of a few hundred bytes.
  std::uint64_t expected_bytes_ = 1U << 20U;
  std::string last_error_;
  std::optional<told_end> ends_as_;
  std::mt19937_64 random_;
};

} // namespace tidemark
