#include "store/sqlite/imports.hpp"

#include "store/import_transitions.hpp"
#include "store/sqlite/import_views.hpp"
#include "store/sqlite/missing_records.hpp"
#include "store/utc_text.hpp"

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

constexpr std::string_view columns = "id, tenant, record_type, mode, system, state, error, requested_at, "
                                     "started_at, finished_at, requested_by, paused_by, urgency, since, "
                                     "reconcile, verify, deep";
const auto one_import = fmt::format("SELECT {} FROM imports WHERE number = ?", columns);
const auto newest_of_each =
    fmt::format("SELECT {} FROM imports WHERE number IN (SELECT max(number) FROM imports "
                "GROUP BY record_type, mode, state, paused_by) ORDER BY number DESC",
                columns);
const auto imports_in_order = fmt::format("SELECT {}, number FROM imports "
                                          "WHERE ?2 = '' OR (coalesce(requested_at, ''), id) < (?1, ?2) "
                                          "ORDER BY coalesce(requested_at, '') DESC, id DESC",
                                          columns);
const auto imports_to_resume =
    fmt::format("SELECT {} FROM imports WHERE state NOT IN ('cancelled', 'completed', "
                "'completed_with_errors', 'failed') ORDER BY number",
                columns);

import_row to_import(row& r) {
  import_row x;
  x.id = r.text();
  x.tenant = r.text();
  x.record_type = r.text();
  x.mode = r.word<import_mode>();
  x.system = r.text();
  x.state = r.word<import_state>();
  x.error = r.text();
  x.requested_at = r.time();
  x.started_at = r.time();
  x.finished_at = r.time();
  x.requested_by = r.text();
  x.paused_by = r.word<pause_cause>();
  x.how_urgent = r.word<urgency>();
  x.options.since = r.time();
  x.options.reconcile = r.integer() != 0;
  x.options.verify = r.integer() != 0;
  x.options.deep = r.integer<std::uint32_t>();
  return x;
}

/// `completed` says that nothing is missing, so nothing may be; what a skipped type had planned is not
/// missed, nor what another import has brought.
outcome<void> check_nothing_missing(connection& db, std::int64_t import, std::string_view import_id) {
  auto missing = db.first(
      "SELECT number, state FROM batches WHERE import_number = ?1 AND state NOT IN ('completed', 'split') "
      "AND record_type NOT IN (SELECT name FROM import_types WHERE import_number = ?1 "
      "AND (state = 'skipped' OR taken_from <> '')) ORDER BY number LIMIT 1",
      [](row& r) { return std::pair{r.integer(), r.text()}; }, import);
  if (!missing) return std::unexpected(std::move(missing.error()));
  if (!*missing) return {};
  return fail(ec::conflict, fmt::format("import {} is not complete: its batch {} is {}", import_id,
                                        (*missing)->first, (*missing)->second));
}

} // namespace

outcome<import_head> find_import(connection& db, std::string_view import_id) {
  auto found = db.first(
      "SELECT number, state, mode FROM imports WHERE id = ?",
      [](row& r) { return import_head{r.integer(), r.word<import_state>(), r.word<import_mode>()}; },
      import_id);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found)
    return fail(ec::unknown_import, fmt::format("the ledger has no import {}", import_id),
                std::string{import_id});
  return **found;
}

outcome<import_head> find_import(connection& db, std::string_view import_id,
                                 bool (*passes)(import_state) noexcept, std::string_view doing) {
  auto head = find_import(db, import_id);
  if (head && !passes(head->state))
    return fail(ec::stale,
                fmt::format("import {} is {}: it takes no {}", import_id, to_string(head->state), doing),
                std::string{import_id});
  return head;
}

outcome<void> create_import(connection& db, const import_row& x) {
  auto made = db.run(
      "INSERT INTO imports (id, tenant, record_type, mode, system, state, error, requested_at, "
      "started_at, finished_at, requested_by, urgency, since, reconcile, verify, deep) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT DO NOTHING",
      x.id, x.tenant, x.record_type, to_string(x.mode), x.system, to_string(x.state), x.error,
      utc{x.requested_at}, utc{x.started_at}, utc{x.finished_at}, x.requested_by, to_string(x.how_urgent),
      utc{x.options.since}, x.options.reconcile, x.options.verify, x.options.deep);
  if (!made) return std::unexpected(std::move(made.error()));
  if (*made == 0) return fail(ec::conflict, fmt::format("the ledger has an import {} already", x.id), x.id);
  return {};
}

outcome<import_row> read_import(connection& db, std::int64_t number) {
  auto found = db.first(one_import, to_import, number);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return fail(ec::unknown_import, fmt::format("the ledger has no import of number {}", number));
  return std::move(**found);
}

outcome<std::vector<import_row>> latest_imports(connection& db) { return db.all(newest_of_each, to_import); }

outcome<list_page<std::pair<std::int64_t, import_row>, import_place>>
imports_behind(connection& db, const import_place& after, std::size_t limit) {
  list_page<std::pair<std::int64_t, import_row>, import_place> page;
  page_filler filler{page, limit};
  auto read = db.each(
      imports_in_order,
      [&](row& r) {
        auto import = to_import(r);
        auto bytes = import.error.size();
        import_place place{import.requested_at, import.id};
        return filler.add({r.integer(), std::move(import)}, std::move(place), bytes);
      },
      after.requested_at == 0 ? std::string{} : to_utc_text(after.requested_at), after.id);
  if (!read) return std::unexpected(std::move(read.error()));
  return page;
}

outcome<std::vector<import_row>> unfinished_imports(connection& db) {
  return db.all(imports_to_resume, to_import);
}

outcome<import_row> set_import_state(connection& db, std::string_view import_id, const import_change& change,
                                     unix_ms now) {
  using enum import_state;
  if (change.state == cancelling || change.state == cancelled)
    return fail(ec::bad_request,
                fmt::format("an import becomes {} only by a cancel", to_string(change.state)));
  auto head = find_import(db, import_id);
  if (!head) return std::unexpected(std::move(head.error()));
  if (!legal(head->state, change.state))
    return fail(ec::stale,
                fmt::format("import {} is {}: it cannot become {}", import_id, to_string(head->state),
                            to_string(change.state)),
                std::string{import_id});
  if (change.state == completed)
    if (auto whole = check_nothing_missing(db, head->number, import_id); !whole)
      return std::unexpected(std::move(whole.error()));

  auto finished_at = is_final(change.state) && change.finished_at == 0 ? now : change.finished_at;
  auto set =
      db.run("UPDATE imports SET state = ?, error = ?, paused_by = ?, started_at = coalesce(?, started_at), "
             "finished_at = coalesce(?, finished_at) WHERE number = ?",
             to_string(change.state), change.error, to_string(change.paused_by), utc{change.started_at},
             utc{finished_at}, head->number);
  if (!set) return std::unexpected(std::move(set.error()));
  if (is_final(change.state))
    if (auto ended = cancel_unfinished(db, head->number, finished_at); !ended)
      return std::unexpected(std::move(ended.error()));
  // A retry of a failed import does not read again what is completed.
  if (is_final(change.state) && change.state != failed)
    if (auto forgotten = forget_not_held(db, head->number); !forgotten)
      return std::unexpected(std::move(forgotten.error()));
  return read_import(db, head->number);
}

outcome<void> cancel_batches(connection& db, std::int64_t import, std::string_view record_type) {
  auto ended =
      db.run("UPDATE batches SET interrupted = interrupted + (state = 'running'), state = 'cancelled' "
             "WHERE import_number = ? AND record_type = ? AND state IN ('pending', 'running')",
             import, record_type);
  if (!ended) return std::unexpected(std::move(ended.error()));
  return {};
}

outcome<void> cancel_unfinished(connection& db, std::int64_t import, unix_ms at) {
  auto batches =
      db.run("UPDATE batches SET interrupted = interrupted + (state = 'running'), state = 'cancelled' "
             "WHERE import_number = ? AND state IN ('pending', 'running')",
             import);
  if (!batches) return std::unexpected(std::move(batches.error()));
  // What a type has found missing that did not come to its end may be there.
  auto types = db.run("UPDATE import_types SET state = 'cancelled', finished_at = ?, held = 0, held_of = 0 "
                      "WHERE import_number = ? AND state IN ('waiting', 'planning', 'running')",
                      utc{at}, import);
  if (!types) return std::unexpected(std::move(types.error()));
  return keep_totals(db, import);
}

outcome<std::uint64_t> prune(connection& db, unix_ms older_than) {
  auto old = db.all(
      "SELECT number FROM imports WHERE state IN ('cancelled', 'completed', "
      "'completed_with_errors', 'failed') AND finished_at < ? "
      "AND number NOT IN (SELECT import_number FROM import_types WHERE held > 0)",
      [](row& r) { return r.integer(); }, utc{older_than});
  if (!old) return std::unexpected(std::move(old.error()));
  for (auto number : *old)
    for (std::string_view sql :
         {"DELETE FROM missing_records WHERE import_number = ?1 AND record_type IN "
          "(SELECT name FROM import_types WHERE import_number = ?1)",
          "DELETE FROM batch_attempts WHERE import_number = ?", "DELETE FROM batches WHERE import_number = ?",
          "DELETE FROM import_types WHERE import_number = ?",
          "DELETE FROM type_totals WHERE import_number = ?",
          "DELETE FROM import_notes WHERE import_number = ?",
          "DELETE FROM cancel_receipts WHERE import_number = ?", "DELETE FROM imports WHERE number = ?"})
      if (auto done = db.run(sql, number); !done) return std::unexpected(std::move(done.error()));
  return old->size();
}

} // namespace tidemark::sqlite
