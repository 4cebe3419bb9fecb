#include "store/sqlite/batches.hpp"

#include "store/pick_up_rules.hpp"

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

constexpr std::string_view columns =
    "number, record_type, after_key, up_to_key, weight, state, picked_up, completed, failed_attempts, split, "
    "released, interrupted, refusals, stored, rejected, error_code, error_text, operation_id, unchanged, "
    "deleted, deaths, forgiven, blamed";
// ?1: they were cut off by a death.
constexpr std::string_view interrupt_running =
    "UPDATE batches SET state = 'pending', interrupted = interrupted + 1, deaths = deaths + ?1, "
    "blamed = blamed + (?1 AND arrived_in = picked_up), stored = 0, rejected = 0, unchanged = 0, deleted = 0";
const auto one_batch = fmt::format("SELECT {} FROM batches WHERE import_number = ? AND number = ?", columns);
const auto batches_of_import =
    fmt::format("SELECT {} FROM batches WHERE import_number = ? ORDER BY number", columns);
constexpr std::string_view wanted_batches =
    "import_number = ?1 AND number > ?2 AND (?3 = '' OR record_type = ?3) AND (?4 = '' OR state = ?4)";
const auto batches_in_order =
    fmt::format("SELECT {} FROM batches WHERE {} ORDER BY number", columns, wanted_batches);
const auto batches_left = fmt::format("SELECT count(*) FROM batches WHERE {}", wanted_batches);

batch_row to_batch(row& r) {
  batch_row x;
  x.number = r.integer<std::uint64_t>();
  x.record_type = r.text();
  x.range.after = r.optional_integer();
  x.range.up_to = r.integer();
  x.weight = r.integer<std::uint64_t>();
  x.state = r.word<batch_state>();
  for (auto* counter :
       {&x.counters.picked_up, &x.counters.completed, &x.counters.failed_attempts, &x.counters.split,
        &x.counters.released, &x.counters.interrupted, &x.counters.refusals})
    *counter = r.integer<std::uint32_t>();
  x.stored = r.integer<std::uint64_t>();
  x.rejected = r.integer<std::uint64_t>();
  x.error_code = r.text();
  x.error_text = r.text();
  x.operation_id = r.text();
  x.unchanged = r.integer<std::uint64_t>();
  x.deleted = r.integer<std::uint64_t>();
  x.deaths = r.integer<std::uint32_t>();
  x.forgiven = r.integer<std::uint32_t>();
  x.blamed = r.integer<std::uint32_t>();
  return x;
}

outcome<batch_row> find_batch(connection& db, std::int64_t import, std::uint64_t batch) {
  auto found = db.first(one_batch, to_batch, import, batch);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return fail(ec::stale, fmt::format("the ledger has no batch {} in this import", batch));
  return std::move(**found);
}

outcome<void> keep_attempt(connection& db, std::int64_t import, const pick_up_end& end) {
  const auto& x = *end.attempt;
  auto kept = db.run("INSERT INTO batch_attempts (import_number, batch, pick_up, category, code, text, "
                     "operation_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                     import, end.batch.number, end.batch.counters.picked_up, x.category, x.code, x.text,
                     x.operation_id, utc{x.at});
  if (!kept) return std::unexpected(std::move(kept.error()));
  return {};
}

const auto interrupt_running_of =
    fmt::format("{} WHERE import_number = ?2 AND state = 'running'", interrupt_running);
const std::string died_of = "SELECT number, deaths FROM batches WHERE import_number = ?1 AND deaths > 0 "
                            "AND state IN ('pending', 'running')";

batch_deaths to_deaths(row& r) { return {r.integer<std::uint64_t>(), r.integer<std::uint32_t>()}; }

} // namespace

outcome<void> add_batches(connection& db, std::int64_t import, std::string_view record_type,
                          std::span<const batch_row> batches) {
  for (const auto& x : batches) {
    auto added =
        db.run("INSERT INTO batches (import_number, number, record_type, after_key, up_to_key, weight) "
               "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
               import, x.number, record_type, x.range.after, x.range.up_to, x.weight);
    if (!added) return std::unexpected(std::move(added.error()));
    if (*added == 0) return fail(ec::conflict, fmt::format("the import has a batch {} already", x.number));
  }
  return {};
}

outcome<std::vector<batch_row>> read_batches(connection& db, std::int64_t import) {
  return db.all(batches_of_import, to_batch, import);
}

outcome<batch_page> list_batches(connection& db, std::int64_t import, const batch_filter& which,
                                 std::uint64_t after, std::size_t limit) {
  auto state = which.state ? to_string(*which.state) : std::string_view{};
  batch_page page;
  page_filler<batch_row, std::uint64_t> filler{page, limit};
  auto read = db.each(
      batches_in_order,
      [&](row& r) {
        auto batch = to_batch(r);
        auto bytes = batch.error_text.size();
        auto number = batch.number;
        return filler.add(std::move(batch), number, bytes);
      },
      import, after, which.record_type, state);
  if (!read) return std::unexpected(std::move(read.error()));
  if (page.next == 0) return page;
  auto left = db.first(
      batches_left, [](row& r) { return r.integer<std::uint64_t>(); }, import, page.next, which.record_type,
      state);
  if (!left) return std::unexpected(std::move(left.error()));
  page.left_off = left->value_or(0);
  return page;
}

outcome<batch_row> find_running(connection& db, std::int64_t import, std::uint64_t batch,
                                std::uint32_t pick_up) {
  auto found = find_batch(db, import, batch);
  if (!found) return found;
  if (found->state != batch_state::running)
    return fail(ec::stale, fmt::format("batch {} is {}, not running", batch, to_string(found->state)));
  if (found->counters.picked_up != pick_up)
    return fail(ec::stale, fmt::format("batch {} was picked up again since: {} times, not {}", batch,
                                       found->counters.picked_up, pick_up));
  return found;
}

outcome<std::uint32_t> pick_up(connection& db, std::int64_t import, std::uint64_t batch) {
  auto found = find_batch(db, import, batch);
  if (!found) return std::unexpected(std::move(found.error()));
  if (found->state != batch_state::pending)
    return fail(ec::stale, fmt::format("batch {} is {}, not pending", batch, to_string(found->state)));
  auto set = db.run("UPDATE batches SET state = 'running', picked_up = picked_up + 1 "
                    "WHERE import_number = ? AND number = ?",
                    import, batch);
  if (!set) return std::unexpected(std::move(set.error()));
  return found->counters.picked_up + 1;
}

outcome<void> add_stored(connection& db, std::int64_t import, const batch_write& write,
                         const batch_stored& what) {
  auto set = db.run(
      "UPDATE batches SET state = iif(?1, 'completed', state), completed = ?1, refusals = refusals + ?2, "
      "stored = stored + ?3, rejected = rejected + ?4, unchanged = unchanged + ?5 "
      "WHERE import_number = ?6 AND number = ?7",
      write.last ? 1 : 0, write.refusals, what.stored, what.rejected, what.unchanged, import, write.batch);
  if (!set) return std::unexpected(std::move(set.error()));
  return {};
}

outcome<void> note_arrival(connection& db, std::int64_t import, std::uint64_t batch, std::uint32_t pick_up) {
  auto running = find_running(db, import, batch, pick_up);
  if (!running) return std::unexpected(std::move(running.error()));
  auto set = db.run("UPDATE batches SET arrived_in = picked_up WHERE import_number = ? AND number = ?",
                    import, batch);
  if (!set) return std::unexpected(std::move(set.error()));
  return {};
}

outcome<void> end_pick_up(connection& db, std::int64_t import, const pick_up_end& end) {
  const auto& x = end.batch;
  auto running = find_running(db, import, x.number, x.counters.picked_up);
  if (!running) return std::unexpected(std::move(running.error()));
  if (auto fits = check_end(*running, end); !fits) return fits;
  auto set =
      db.run("UPDATE batches SET state = ?, failed_attempts = ?, split = ?, released = ?, interrupted = ?, "
             "refusals = ?, error_code = ?, error_text = ?, operation_id = ?, "
             "stored = 0, rejected = 0, unchanged = 0, deleted = 0 WHERE import_number = ? AND number = ?",
             to_string(x.state), x.counters.failed_attempts, x.counters.split, x.counters.released,
             x.counters.interrupted, x.counters.refusals, x.error_code, x.error_text, x.operation_id, import,
             x.number);
  if (!set) return std::unexpected(std::move(set.error()));
  if (end.attempt)
    if (auto kept = keep_attempt(db, import, end); !kept) return kept;
  return add_batches(db, import, running->record_type, end.children);
}

outcome<std::vector<batch_deaths>> reset_running(connection& db, std::int64_t import, every_type_t,
                                                 bool after_death) {
  if (auto reset = db.run(interrupt_running_of, after_death, import); !reset)
    return std::unexpected(std::move(reset.error()));
  return db.all(died_of + " ORDER BY number", to_deaths, import);
}

outcome<std::vector<batch_deaths>> reset_running(connection& db, std::int64_t import,
                                                 std::string_view record_type, bool after_death) {
  static const auto reset_of_type = interrupt_running_of + " AND record_type = ?3";
  if (auto reset = db.run(reset_of_type, after_death, import, record_type); !reset)
    return std::unexpected(std::move(reset.error()));
  return db.all(fmt::format("{} AND record_type = ?2 ORDER BY number", died_of), to_deaths, import,
                record_type);
}

outcome<void> reset_all_running(connection& db) {
  // What is being cancelled keeps its running batches: its receipt has counted them.
  static const auto sql =
      fmt::format("{} WHERE state = 'running' AND import_number IN (SELECT number FROM imports WHERE state "
                  "IN ('queued', 'planning', 'running', 'paused'))",
                  interrupt_running);
  auto reset = db.run(sql, true);
  if (!reset) return std::unexpected(std::move(reset.error()));
  return {};
}

outcome<std::vector<attempt_row>> failed_attempts(connection& db, std::int64_t import, std::size_t limit) {
  return db.all(
      "SELECT batch, pick_up, category, code, text, operation_id, at FROM batch_attempts "
      "WHERE import_number = ? ORDER BY number DESC LIMIT ?",
      [](row& r) {
        attempt_row x;
        x.batch = r.integer<std::uint64_t>();
        x.pick_up = r.integer<std::uint32_t>();
        x.attempt.category = r.text();
        x.attempt.code = r.text();
        x.attempt.text = r.text();
        x.attempt.operation_id = r.text();
        x.attempt.at = r.time();
        return x;
      },
      import, limit);
}

outcome<std::optional<std::int64_t>> last_planned_key(connection& db, std::int64_t import,
                                                      std::string_view record_type) {
  auto last = db.first(
      "SELECT max(up_to_key) FROM batches WHERE import_number = ? AND record_type = ?",
      [](row& r) { return r.optional_integer(); }, import, record_type);
  if (!last) return std::unexpected(std::move(last.error()));
  return last->value_or(std::nullopt);
}

outcome<bool> all_stored(connection& db, std::int64_t import, std::string_view record_type) {
  auto other = db.first(
      "SELECT 1 FROM batches WHERE import_number = ? AND record_type = ? "
      "AND state NOT IN ('completed', 'split') LIMIT 1",
      [](row& r) { return r.integer(); }, import, record_type);
  if (!other) return std::unexpected(std::move(other.error()));
  return !other->has_value();
}

} // namespace tidemark::sqlite
