/// A tenant's database in one SQLite file.
#pragma once

#include "store/open_tenant_store.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/identity.hpp"
#include "store/sqlite/imports.hpp"
#include "store/sqlite/record_writer.hpp"
#include "store/tenant_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace tidemark::sqlite {

class sqlite_store final : public tenant_store {
public:
  static outcome<std::unique_ptr<tenant_store>> open(const std::string& path, const store_options& options);

  outcome<ownership> take_ownership(std::string_view owner) override;
  const std::optional<ownership>& taken() const noexcept override { return taken_; }
  outcome<void> check() override;
  std::uint64_t tend_log() override;
  void leave_log() noexcept override { db_.leave_log(); }
  outcome<void> release_ownership() override;
  outcome<suspension> present_suspension() override;
  outcome<void> set_suspension(const suspension& now) override;

  outcome<void> prepare_table(const record_type& type) override;
  outcome<std::size_t> make_next_index(std::string_view record_type) override;

  outcome<void> create_import(const import_row& row) override;
  outcome<ledger_snapshot> load_import(std::string_view import_id) override;
  outcome<std::vector<import_row>> latest_imports() override;
  outcome<std::vector<import_row>> unfinished_imports() override;
  outcome<import_row> set_import_state(std::string_view import_id, const import_change& change) override;
  outcome<void> save_types(std::string_view import_id, std::span<const type_row> types) override;
  outcome<type_row> finish_type(std::string_view import_id, const type_row& type) override;
  outcome<std::vector<import_note>> notes_on(std::string_view import_id,
                                             std::string_view record_type) override;
  outcome<bool> add_note(std::string_view import_id, const import_note& note) override;

  outcome<void> add_batches(std::string_view import_id, const type_row& type,
                            std::span<const batch_row> batches) override;
  outcome<std::uint32_t> pick_up(std::string_view import_id, std::uint64_t batch) override;
  outcome<void> note_arrival(std::string_view import_id, std::uint64_t batch, std::uint32_t pick_up) override;
  outcome<batch_stored> store_batch(const batch_write& write) override;
  outcome<void> end_pick_up(std::string_view import_id, const pick_up_end& end) override;
  outcome<std::vector<batch_deaths>> reset_running(std::string_view import_id,
                                                   std::optional<std::span<const std::string>> types,
                                                   bool after_death) override;
  outcome<retried> retry(std::string_view import_id, std::uint64_t batch) override;
  outcome<std::vector<attempt_row>> failed_attempts(std::string_view import_id, std::size_t limit) override;
  outcome<std::vector<past_import>> past_imports(std::string_view record_type, import_mode mode,
                                                 std::size_t limit) override;

  outcome<std::vector<std::int64_t>> find_live(std::string_view record_type,
                                               std::span<const std::int64_t> keys, bool by_sets_too) override;
  outcome<std::uint64_t> delete_records(std::string_view import_id, std::string_view record_type,
                                        std::span<const std::int64_t> keys) override;
  outcome<std::vector<std::int64_t>> sample_live(std::string_view record_type, std::size_t count) override;
  outcome<std::vector<type_keys>> find_elsewhere(std::string_view record_type,
                                                 std::span<const std::int64_t> keys) override;
  outcome<type_row> settle_gone(std::string_view import_id, std::string_view record_type,
                                std::span<const std::int64_t> keys,
                                std::span<const std::int64_t> looked_at) override;
  outcome<std::vector<std::int64_t>> changed_parents(std::string_view set) override;
  outcome<std::vector<std::int64_t>> parents_back(std::string_view set, std::string_view parent_type,
                                                  std::size_t most) override;
  outcome<void> move_deletes(std::string_view record_type, unix_ms up_to) override;
  outcome<deletion_log> load_deletion_log() override;
  outcome<void> add_to_deletion_log(const deletion_log& found, std::string_view first_day) override;
  outcome<key_totals> count_keys(std::string_view record_type, std::int64_t width, const key_range& range,
                                 std::span<const value_sum> sums) override;
  outcome<void> leave_out_value_sums(std::string_view record_type, std::span<const value_sum> sums,
                                     std::string_view reason) override;
  outcome<batch_stored> repair_range(const batch_write& write, bool first) override;
  outcome<type_row> settle_missing(std::string_view import_id, std::string_view record_type,
                                   bool repaired) override;
  outcome<std::vector<type_keys>> held_records(std::string_view import_id,
                                               std::string_view record_type) override;
  outcome<std::uint64_t> accept_deletions(std::string_view import_id, std::string_view record_type,
                                          std::string_view accepted_by,
                                          std::span<const type_keys> shown) override;
  outcome<std::vector<held_deletions>> list_held() override;

  outcome<cancel_receipt> begin_cancel(std::string_view import_id, std::string_view requested_by,
                                       unix_ms at) override;
  outcome<cancel_receipt> finish_cancel(std::string_view import_id, unix_ms at) override;
  outcome<cancel_receipt> receipt(std::string_view import_id) override;

  outcome<type_mark> mark(std::string_view record_type) override;
  outcome<unix_ms> move_watermark(std::string_view record_type, unix_ms server_time) override;
  outcome<unix_ms> watermark(std::string_view record_type) override;
  outcome<std::vector<std::int64_t>> rejected_keys(std::string_view record_type, std::size_t limit) override;
  outcome<bool> add_schema_note(const import_note& note) override;
  outcome<std::vector<import_note>> schema_notes() override;
  outcome<bool> drop_schema_note(const import_note& note) override;
  outcome<std::uint64_t> prune(unix_ms older_than) override;

private:
  sqlite_store(connection db, const store_options& options);

  /// Runs `body` in a transaction that is committed if it succeeds and this store is still the owner.
  template <class Body>
  auto write(Body&& body) -> std::invoke_result_t<Body>;

  /// As `write`, for what somebody is told of: it outlives a power cut, with all that was written before.
  template <class Body>
  auto write_for_good(Body&& body) -> std::invoke_result_t<Body>;

  /// Runs `body` on one state of the database.
  template <class Body>
  auto read(Body&& body) -> std::invoke_result_t<Body>;

  /// Refuses whoever is not the owner, and a file that lacks what this one has written. Returns the number of
  /// writes with this one, to be kept once that is committed.
  outcome<void> check_whose();
  void see_file();
  outcome<void> check_file();
  outcome<void> notice_change();
  outcome<std::uint64_t> check_owner();
  outcome<std::uint64_t> count_write();
  outcome<record_writer*> writer_of(std::string_view record_type);
  outcome<void> draw_consequences(std::int64_t import, type_row& type);
  outcome<void> finish_stored_type(std::int64_t import, const type_row& type);
  outcome<void> note_changed_parents_of(std::int64_t import, const std::string& record_type);
  outcome<void> note_tail(std::int64_t import, const type_row& type);
  outcome<void> settle(std::int64_t import, type_row& type);
  outcome<void> settle_and_save(const import_head& import, type_row& type);
  /// The sets of a record type.
  std::span<const std::string> sets_of(std::string_view record_type) const;
  /// Tells of values kept aside; `counts`: they are an error of the type.
  outcome<void> settle_kept_values(std::int64_t import, type_row& type, bool counts);
  outcome<batch_stored> write_records(const batch_write& what, const import_head& head, bool whole);

  connection db_;
  store_options options_;
  std::optional<ownership> taken_;     ///< with the last write
  std::optional<failure> copied_over_; ///< another file lies under the log
  file_stamp file_seen_;               ///< as it was when it was last found to be the right one
  std::map<std::string, record_writer, std::less<>> records_;
};

} // namespace tidemark::sqlite
