#include "store/sqlite/cancels.hpp"

#include "store/import_transitions.hpp"
#include "store/sqlite/imports.hpp"
#include "store/sqlite/missing_records.hpp"

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

std::unexpected<failure> not_cancelled(std::string_view import_id, import_state state) {
  return fail(ec::conflict, fmt::format("import {} is {} and was not cancelled", import_id, to_string(state)),
              std::string{import_id});
}

} // namespace

outcome<std::optional<cancel_receipt>> read_receipt(connection& db, std::int64_t import) {
  return db.first(
      "SELECT i.id, r.requested_by, r.requested_at, r.finished_at, r.batches_completed, "
      "r.batches_interrupted, r.batches_never_started "
      "FROM cancel_receipts r JOIN imports i ON i.number = r.import_number WHERE r.import_number = ?",
      [](row& r) {
        cancel_receipt x;
        x.import_id = r.text();
        x.requested_by = r.text();
        x.requested_at = r.time();
        x.finished_at = r.time();
        x.batches_completed = r.integer<std::uint64_t>();
        x.batches_interrupted = r.integer<std::uint64_t>();
        x.batches_never_started = r.integer<std::uint64_t>();
        return x;
      },
      import);
}

outcome<cancel_receipt> receipt(connection& db, std::string_view import_id) {
  auto head = find_import(db, import_id);
  if (!head) return std::unexpected(std::move(head.error()));
  auto found = read_receipt(db, head->number);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return not_cancelled(import_id, head->state);
  return std::move(**found);
}

outcome<cancel_receipt> begin_cancel(connection& db, std::string_view import_id,
                                     std::string_view requested_by, unix_ms at) {
  using enum import_state;
  auto head = find_import(db, import_id);
  if (!head) return std::unexpected(std::move(head.error()));
  if (head->state == cancelling || head->state == cancelled) return receipt(db, import_id);
  if (!legal(head->state, cancelling)) return not_cancelled(import_id, head->state);

  // Why it was paused, if it was, is nothing that a cancelled import goes by.
  auto fenced = db.run("UPDATE imports SET state = 'cancelling', error = '', paused_by = ? WHERE number = ?",
                       to_string(pause_cause::none), head->number);
  if (!fenced) return std::unexpected(std::move(fenced.error()));
  // From here on nothing is started or completed, so the counts of this moment are those of the end.
  auto kept = db.run(
      "INSERT INTO cancel_receipts (import_number, requested_by, requested_at, batches_completed, "
      "batches_interrupted, batches_never_started) "
      "SELECT ?1, ?2, ?3, count(*) FILTER (WHERE state = 'completed'), "
      "count(*) FILTER (WHERE state = 'running'), "
      "count(*) FILTER (WHERE state = 'pending' AND picked_up = 0) FROM batches WHERE import_number = ?1",
      head->number, requested_by, utc{at});
  if (!kept) return std::unexpected(std::move(kept.error()));
  return receipt(db, import_id);
}

outcome<cancel_receipt> finish_cancel(connection& db, std::string_view import_id, unix_ms at) {
  using enum import_state;
  auto head = find_import(db, import_id);
  if (!head) return std::unexpected(std::move(head.error()));
  if (head->state == cancelled) return receipt(db, import_id);
  if (head->state != cancelling) return not_cancelled(import_id, head->state);

  if (auto ended = cancel_unfinished(db, head->number, at); !ended)
    return std::unexpected(std::move(ended.error()));
  if (auto forgotten = forget_not_held(db, head->number); !forgotten)
    return std::unexpected(std::move(forgotten.error()));
  auto import = db.run("UPDATE imports SET state = 'cancelled', finished_at = ? WHERE number = ?", utc{at},
                       head->number);
  if (!import) return std::unexpected(std::move(import.error()));
  auto finished =
      db.run("UPDATE cancel_receipts SET finished_at = ? WHERE import_number = ?", utc{at}, head->number);
  if (!finished) return std::unexpected(std::move(finished.error()));
  return receipt(db, import_id);
}

} // namespace tidemark::sqlite
