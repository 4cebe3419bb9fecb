#include "store/control_store.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/control_schema.hpp"
#include "store/sqlite/failures.hpp"

namespace tidemark::sqlite {

namespace {

constexpr auto flag_columns =
    "name, quote(enabled), tenant_ids IS NOT NULL, tenant_ids, description, created_at, updated_at";

flag_record read_flag(row& r) {
  flag_record x;
  x.name = r.text();
  x.enabled = r.text();
  x.has_tenant_ids = r.integer() != 0;
  x.tenant_ids = r.text();
  x.description = r.text();
  x.created_at = r.text();
  x.updated_at = r.text();
  return x;
}

schedule read_schedule(row& r) {
  schedule x;
  x.name = r.text();
  x.tenant = r.text();
  x.record_type = r.text();
  x.mode = r.word<import_mode>();
  x.cron = r.text();
  x.zone = r.text();
  x.jitter_seconds = r.integer<std::uint32_t>();
  x.missed = r.word<missed_runs>();
  x.paused = r.integer() != 0;
  x.created_by = r.text();
  x.created_at = r.time();
  x.handled_until = r.time();
  x.waiting_since = r.time();
  x.waiting_for = r.text();
  x.last_started_at = r.time();
  x.last_import = r.text();
  x.last_error = r.text();
  return x;
}

audit_entry read_entry(row& r) {
  audit_entry x;
  x.number = r.integer<std::uint64_t>();
  x.at = r.time();
  x.who = r.text();
  x.origin = r.text();
  x.command = r.text();
  x.tenant = r.text();
  x.subject = r.text();
  x.result = r.text();
  x.text = r.text();
  return x;
}

class sqlite_control final : public control_store {
public:
  explicit sqlite_control(connection db) : db_(std::move(db)) {}

  outcome<std::vector<flag_record>> flags() override {
    if (auto present = db_.check_present(); !present) return std::unexpected(present.error());
    return db_.all(fmt::format("SELECT {} FROM feature_flags ORDER BY name", flag_columns), read_flag);
  }

  outcome<flag_record>
  change_flag(std::string_view name, unix_ms at,
              const std::function<outcome<flag_record>(const std::optional<flag_record>&)>& change) override {
    return write([&]() -> outcome<flag_record> {
      auto query = fmt::format("SELECT {} FROM feature_flags WHERE name = ?", flag_columns);
      auto present = db_.first(query, read_flag, name);
      if (!present) return std::unexpected(present.error());
      auto wanted = change(*present);
      if (!wanted) return wanted;
      auto done =
          db_.run("INSERT INTO feature_flags (name, enabled, tenant_ids, description, created_at, updated_at)"
                  " VALUES (?1, ?2, CASE ?3 WHEN 1 THEN ?4 END, ?5,"
                  " datetime(?6 / 1000, 'unixepoch'), datetime(?6 / 1000, 'unixepoch'))"
                  " ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled,"
                  " tenant_ids = excluded.tenant_ids, updated_at = excluded.updated_at",
                  name, wanted->enabled == "1", wanted->has_tenant_ids, std::string_view{wanted->tenant_ids},
                  std::string_view{wanted->description}, at);
      if (!done) return std::unexpected(done.error());
      auto written = db_.first(query, read_flag, name);
      if (!written) return std::unexpected(written.error());
      auto result = written->value_or(*wanted);
      result.problem = wanted->problem;
      return result;
    });
  }

  outcome<flag_record> remove_flag(std::string_view name) override {
    return write([&]() -> outcome<flag_record> {
      auto query = fmt::format("SELECT {} FROM feature_flags WHERE name = ?", flag_columns);
      auto present = db_.first(query, read_flag, name);
      if (!present) return std::unexpected(present.error());
      if (!*present)
        return fail(ec::bad_request, fmt::format("there is no record of the flag {}", name),
                    std::string{name});
      if (auto done = db_.run("DELETE FROM feature_flags WHERE name = ?", name); !done)
        return std::unexpected(done.error());
      return **present;
    });
  }

  outcome<std::vector<schedule>> schedules() override {
    return db_.all(
        "SELECT name, tenant, record_type, mode, cron, zone, jitter_seconds, missed, paused, created_by,"
        " created_at, handled_until, waiting_since, waiting_for, last_started_at, last_import, last_error"
        " FROM schedules ORDER BY name",
        read_schedule);
  }

  outcome<void> add_schedule(const schedule& x) override {
    return write([&]() -> outcome<void> {
      auto done = db_.run(
          "INSERT INTO schedules (name, tenant, record_type, mode, cron, zone, jitter_seconds, missed,"
          " paused, created_by, created_at, handled_until, waiting_since, waiting_for,"
          " last_started_at, last_import, last_error)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
          text(x.name), text(x.tenant), text(x.record_type), to_string(x.mode), text(x.cron), text(x.zone),
          x.jitter_seconds, to_string(x.missed), x.paused, text(x.created_by), utc{x.created_at},
          utc{x.handled_until}, utc{x.waiting_since}, text(x.waiting_for), utc{x.last_started_at},
          text(x.last_import), text(x.last_error));
      if (!done) return std::unexpected(done.error());
      if (*done == 0)
        return fail(ec::conflict, fmt::format("there is a schedule {} already; remove it first", x.name),
                    x.name);
      return {};
    });
  }

  outcome<void> save_schedule(const schedule& x) override {
    return write([&] {
      return one_row(x.name,
                     db_.run("UPDATE schedules SET paused = ?2, handled_until = ?3, waiting_since = ?4,"
                             " waiting_for = ?5, last_started_at = ?6, last_import = ?7, last_error = ?8"
                             " WHERE name = ?1",
                             text(x.name), x.paused, utc{x.handled_until}, utc{x.waiting_since},
                             text(x.waiting_for), utc{x.last_started_at}, text(x.last_import),
                             text(x.last_error)));
    });
  }

  outcome<void> remove_schedule(std::string_view name) override {
    return write([&] { return one_row(name, db_.run("DELETE FROM schedules WHERE name = ?", name)); });
  }

  outcome<void> add_audit(const audit_entry& x) override {
    return write([&]() -> outcome<void> {
      auto done = db_.run("INSERT INTO audit (at, who, origin, command, tenant, subject, result, text)"
                          " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                          utc{x.at}, text(x.who), text(x.origin), text(x.command), text(x.tenant),
                          text(x.subject), text(x.result), text(x.text));
      if (!done) return std::unexpected(done.error());
      return {};
    });
  }

  outcome<list_page<audit_entry, std::uint64_t>> audit(std::string_view tenant, std::uint64_t after,
                                                       std::size_t limit) override {
    list_page<audit_entry, std::uint64_t> page;
    page_filler filler{page, limit};
    auto read = db_.each(
        "SELECT number, at, who, origin, command, tenant, subject, result, text FROM audit"
        " WHERE (?1 = '' OR tenant = ?1) AND (?2 = 0 OR number < ?2) ORDER BY number DESC",
        [&](row& r) {
          auto entry = read_entry(r);
          auto number = entry.number;
          auto bytes = entry.command.size() + entry.subject.size() + entry.text.size();
          return filler.add(std::move(entry), number, bytes);
        },
        tenant, after);
    if (!read) return std::unexpected(read.error());
    return page;
  }

  outcome<std::uint64_t> prune_audit(unix_ms older_than) override {
    return write([&]() -> outcome<std::uint64_t> {
      auto gone = db_.run("DELETE FROM audit WHERE at < ?", utc{older_than});
      if (!gone) return std::unexpected(gone.error());
      return static_cast<std::uint64_t>(*gone);
    });
  }

  outcome<void> check_writable() override {
    return write([&] {
      return db_.script(fmt::format("PRAGMA application_id = {}", control_schema().application_id));
    });
  }

  outcome<void> check_whole() override {
    auto found = db_.first("PRAGMA quick_check(1)", [](row& r) { return r.text(); });
    if (!found) return std::unexpected(std::move(found.error()));
    if (auto verdict = found->value_or(""); verdict != "ok")
      return std::unexpected(describe(SQLITE_CORRUPT, db_.path(), verdict));
    if (auto read = flags(); !read) return std::unexpected(std::move(read.error()));
    if (auto read = schedules(); !read) return std::unexpected(std::move(read.error()));
    if (auto read = audit({}, 0, 1); !read) return std::unexpected(std::move(read.error()));
    return {};
  }

private:
  static std::string_view text(const std::string& x) noexcept { return x; }

  static outcome<void> one_row(std::string_view name, const outcome<std::int64_t>& changed) {
    if (!changed) return std::unexpected(changed.error());
    if (*changed == 0)
      return fail(ec::bad_request, fmt::format("there is no schedule {}", name), std::string{name});
    return {};
  }

  template <class Body>
  auto write(Body&& body) -> std::invoke_result_t<Body> {
    auto tx = transaction::begin(db_, transaction::purpose::writing);
    if (!tx) return std::unexpected(std::move(tx.error()));
    if (auto present = db_.check_present(); !present) return std::unexpected(std::move(present.error()));
    auto result = body();
    if (!result) return result;
    if (auto done = tx->commit(); !done) return std::unexpected(std::move(done.error()));
    return result;
  }

  connection db_;
};

} // namespace

} // namespace tidemark::sqlite

namespace tidemark {

outcome<std::unique_ptr<control_store>> open_control_store(const std::string& path,
                                                           const control_options& options) {
  std::error_code ignored;
  if (!options.create && !std::filesystem::exists(path, ignored))
    return fail(
        ec::store_unavailable,
        fmt::format("the control database {} is gone: put it back, or restart the node to begin with an "
                    "empty one",
                    path),
        path);
  auto db = sqlite::connection::open(path, options.lock_patience, options.hurry);
  if (!db) return std::unexpected(std::move(db.error()));
  auto empty = options.create ? outcome<bool>{false} : sqlite::is_empty(*db);
  if (!empty) return std::unexpected(std::move(empty.error()));
  if (*empty)
    return fail(
        ec::store_unavailable,
        fmt::format("the file in the place of the control database {} is empty: put back the one that "
                    "was there, or restart the node to begin with this one",
                    path),
        path);
  auto wanted = sqlite::control_schema();
  if (auto ours = sqlite::check_origin(*db, wanted); !ours) return std::unexpected(std::move(ours.error()));
  // Small and precious: every commit is on the disk before it is answered, and in the file itself. A log
  // beside it would be written into whatever else is put in its place, as backups are.
  if (auto set = db->script("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"); !set)
    return std::unexpected(std::move(set.error()));
  if (auto current = sqlite::migrate(*db, wanted); !current)
    return std::unexpected(std::move(current.error()));
  return std::make_unique<sqlite::sqlite_control>(std::move(*db));
}

} // namespace tidemark
