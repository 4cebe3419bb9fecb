#include "store/sqlite/import_views.hpp"

#include "store/sqlite/batches.hpp"
#include "store/sqlite/cancels.hpp"
#include "store/sqlite/imports.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

constexpr std::string_view totals_columns =
    "batches_planned, batches_completed, batches_failed, batches_cancelled, batches_running, "
    "batches_pending, stored, rejected, unchanged, deleted_in_batches, weight_planned, weight_done, "
    "picked_up, completed, failed_attempts, split, released, interrupted, refusals";

/// The record types of an import, with the sums out of `source`.
std::string types_with(std::string_view source) {
  return fmt::format("SELECT t.name, t.state, t.planned, t.estimated, t.records_planned, t.taken_from, "
                     "t.deleted, t.held, {0} FROM import_types t LEFT JOIN (SELECT record_type, {0} FROM {1} "
                     "WHERE import_number = ?1) ON record_type = t.name WHERE t.import_number = ?1",
                     totals_columns, source);
}

const auto types_of_ended = types_with("type_totals");
const auto types_of_unfinished = types_with("counted_batches");

type_totals to_totals(row& r) {
  type_totals x;
  for (auto* number : {&x.batches.planned, &x.batches.completed, &x.batches.failed, &x.batches.cancelled,
                       &x.batches.running, &x.batches.pending, &x.records.stored, &x.records.rejected,
                       &x.records.unchanged, &x.records.deleted, &x.weight_planned, &x.weight_done})
    *number = r.integer<std::uint64_t>();
  for (auto* counter :
       {&x.pick_ups.picked_up, &x.pick_ups.completed, &x.pick_ups.failed_attempts, &x.pick_ups.split,
        &x.pick_ups.released, &x.pick_ups.interrupted, &x.pick_ups.refusals})
    *counter = r.integer<std::uint32_t>();
  return x;
}

type_summary to_summary(row& r) {
  type_summary x;
  x.row.name = r.text();
  x.row.state = r.word<type_state>();
  x.row.planned = r.integer() != 0;
  x.row.estimated = r.integer() != 0;
  x.row.records_planned = r.integer<std::uint64_t>();
  x.row.taken_from = r.text();
  x.row.deleted = r.integer<std::uint64_t>();
  x.row.held = r.integer<std::uint64_t>();
  x.totals = to_totals(r); // without batches NULL, which counts as zero
  return x;
}

} // namespace

outcome<ledger_snapshot> read_snapshot(connection& db, std::string_view import_id) {
  auto head = find_import(db, import_id);
  if (!head) return std::unexpected(std::move(head.error()));
  auto import = read_import(db, head->number);
  if (!import) return std::unexpected(std::move(import.error()));
  auto types = read_types(db, head->number);
  if (!types) return std::unexpected(std::move(types.error()));
  auto batches = read_batches(db, head->number);
  if (!batches) return std::unexpected(std::move(batches.error()));
  auto notes = read_notes(db, head->number);
  if (!notes) return std::unexpected(std::move(notes.error()));
  auto receipt = read_receipt(db, head->number);
  if (!receipt) return std::unexpected(std::move(receipt.error()));
  return ledger_snapshot{std::move(*import), std::move(*types),    std::move(*batches),
                         std::move(*notes),  receipt->has_value(), receipt->value_or(cancel_receipt{})};
}

outcome<list_page<import_summary, import_place>> list_summaries(connection& db, const import_place& after,
                                                                std::size_t limit) {
  auto rows = imports_behind(db, after, limit);
  if (!rows) return std::unexpected(std::move(rows.error()));
  list_page<import_summary, import_place> page;
  page.next = std::move(rows->next);
  for (auto& [number, import] : rows->rows) {
    auto types = db.all(is_final(import.state) ? types_of_ended : types_of_unfinished, to_summary, number);
    if (!types) return std::unexpected(std::move(types.error()));
    page.rows.push_back({std::move(import), std::move(*types)});
  }
  return page;
}

outcome<void> keep_totals(connection& db, std::int64_t import) {
  auto kept = db.run(
      "INSERT OR REPLACE INTO type_totals SELECT * FROM counted_batches WHERE import_number = ?", import);
  if (!kept) return std::unexpected(std::move(kept.error()));
  return {};
}

outcome<void> drop_totals(connection& db, std::int64_t import) {
  auto dropped = db.run("DELETE FROM type_totals WHERE import_number = ?", import);
  if (!dropped) return std::unexpected(std::move(dropped.error()));
  return {};
}

} // namespace tidemark::sqlite
