#include "store/sqlite/retries.hpp"

#include "store/sqlite/import_views.hpp"
#include "store/sqlite/imports.hpp"

#include <string>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

bool may_retry(import_state state) noexcept {
  return state == import_state::completed_with_errors || state == import_state::failed
         || state == import_state::paused;
}

std::unexpected<failure> refuse(std::string_view import_id, std::string sentence) {
  return fail(ec::conflict, std::move(sentence), std::string{import_id});
}

/// Why the one batch cannot be retried, if so.
outcome<void> check_failed(connection& db, std::int64_t import, std::string_view import_id,
                           std::uint64_t batch) {
  auto state = db.first(
      "SELECT state FROM batches WHERE import_number = ? AND number = ?", [](row& r) { return r.text(); },
      import, batch);
  if (!state) return std::unexpected(std::move(state.error()));
  if (!*state) return refuse(import_id, fmt::format("import {} has no batch {}", import_id, batch));
  if (**state != "failed")
    return refuse(import_id, fmt::format("batch {} of import {} is {}: only a failed one can be retried",
                                         batch, import_id, **state));
  return {};
}

} // namespace

outcome<retried> retry(connection& db, std::string_view import_id, std::uint64_t batch) {
  auto head = find_import(db, import_id);
  if (!head) return std::unexpected(std::move(head.error()));
  if (!may_retry(head->state))
    return refuse(
        import_id,
        fmt::format("import {} is {}: batches are retried once it is completed_with_errors, failed or "
                    "paused",
                    import_id, to_string(head->state)));
  if (batch != 0)
    if (auto failed = check_failed(db, head->number, import_id, batch); !failed)
      return std::unexpected(std::move(failed.error()));
  // Of a failed import, what its failure cancelled comes back too; of a skipped type nothing, since the
  // account does not have it.
  bool whole = head->state == import_state::failed;
  auto again =
      db.run("UPDATE batches SET state = 'pending', forgiven = failed_attempts WHERE import_number = ?1 "
             "AND ((state = 'failed' AND (?2 = 0 OR number = ?2)) OR (state = 'cancelled' AND ?3)) "
             "AND record_type NOT IN (SELECT name FROM import_types WHERE import_number = ?1 "
             "AND state = 'skipped')",
             head->number, batch, whole ? 1 : 0);
  if (!again) return std::unexpected(std::move(again.error()));
  if (*again == 0 && !whole)
    return refuse(import_id, fmt::format("import {} has no failed batches", import_id));
  auto types = db.run("UPDATE import_types SET state = CASE WHEN planned THEN 'running' ELSE 'waiting' END, "
                      "finished_at = NULL, error = '', taken_from = '' WHERE import_number = ?1 AND ("
                      "(?2 AND state IN ('failed', 'cancelled')) OR name IN (SELECT record_type FROM batches "
                      "WHERE import_number = ?1 AND state = 'pending'))",
                      head->number, whole ? 1 : 0);
  if (!types) return std::unexpected(std::move(types.error()));
  auto import = db.run("UPDATE imports SET state = CASE WHEN EXISTS (SELECT 1 FROM import_types "
                       "WHERE import_number = ?1) THEN 'running' ELSE 'queued' END, "
                       "error = '', paused_by = 'none', finished_at = NULL WHERE number = ?1",
                       head->number);
  if (!import) return std::unexpected(std::move(import.error()));
  if (auto dropped = drop_totals(db, head->number); !dropped)
    return std::unexpected(std::move(dropped.error()));
  auto row = read_import(db, head->number);
  if (!row) return std::unexpected(std::move(row.error()));
  return retried{std::move(*row), static_cast<std::uint64_t>(*again)};
}

} // namespace tidemark::sqlite
