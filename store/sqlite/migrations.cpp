#include "store/sqlite/migrations.hpp"

#include "store/sqlite/ledger_schema.hpp"

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

outcome<std::int64_t> number(connection& db, std::string_view sql) {
  auto value = db.first(sql, [](row& r) { return r.integer(); });
  if (!value) return std::unexpected(std::move(value.error()));
  return value->value_or(0);
}

/// Takes one step, unless somebody else has taken it since.
outcome<void> take_step(connection& db, const schema& wanted, std::size_t version) {
  auto tx = transaction::begin(db, transaction::purpose::writing);
  if (!tx) return std::unexpected(std::move(tx.error()));
  auto found = number(db, "PRAGMA user_version");
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found >= static_cast<std::int64_t>(version)) return {};
  auto sql = fmt::format("{}\nPRAGMA application_id = {};\nPRAGMA user_version = {};",
                         wanted.steps[version - 1], wanted.application_id, version);
  if (auto done = db.script(sql); !done) return done;
  return tx->commit();
}

} // namespace

schema ledger_schema() noexcept { return {0x74646d6b, ledger_steps()}; }

int ledger_version() noexcept { return static_cast<int>(ledger_steps().size()); }

outcome<bool> is_empty(connection& db) {
  for (auto sql : {"PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema"}) {
    auto found = number(db, sql);
    if (!found) return std::unexpected(std::move(found.error()));
    if (*found != 0) return false;
  }
  return true;
}

outcome<void> check_origin(connection& db, const schema& wanted) {
  auto origin = number(db, "PRAGMA application_id");
  if (!origin) return std::unexpected(std::move(origin.error()));
  auto version = number(db, "PRAGMA user_version");
  if (!version) return std::unexpected(std::move(version.error()));
  auto empty = is_empty(db);
  if (!empty) return std::unexpected(std::move(empty.error()));

  if (*origin != wanted.application_id && !*empty)
    return fail(
        ec::store_defect,
        fmt::format("the database {} was not made by tidemark for this: name another file, which is made "
                    "if it is missing",
                    db.path()),
        db.path());
  auto newest = static_cast<int>(wanted.steps.size());
  if (*version > newest)
    return fail(ec::store_defect,
                fmt::format("the database {} has version {}, but this tidemark knows only versions up to "
                            "{}: run the newer tidemark",
                            db.path(), *version, newest),
                db.path());
  return {};
}

outcome<void> check_current(connection& db, const schema& wanted) {
  if (auto ours = check_origin(db, wanted); !ours) return ours;
  auto empty = is_empty(db);
  if (!empty) return std::unexpected(std::move(empty.error()));
  if (*empty)
    return fail(ec::store_unavailable,
                fmt::format("the file in the place of the database {0} is empty: put back the one that was "
                            "there, or restart the node to begin with this one",
                            db.path()),
                db.path());
  auto version = number(db, "PRAGMA user_version");
  if (!version) return std::unexpected(std::move(version.error()));
  if (*version == static_cast<std::int64_t>(wanted.steps.size())) return {};
  return fail(ec::store_unavailable,
              fmt::format("the database {} has version {}, which a node brings to {} when it takes it over: "
                          "put back the one that was there, or restart the node to go on with this one",
                          db.path(), *version, wanted.steps.size()),
              db.path());
}

outcome<void> migrate(connection& db, const schema& wanted) {
  auto version = number(db, "PRAGMA user_version");
  if (!version) return std::unexpected(std::move(version.error()));
  for (auto next = static_cast<std::size_t>(*version) + 1; next <= wanted.steps.size(); ++next)
    if (auto taken = take_step(db, wanted, next); !taken) return taken;
  return {};
}

} // namespace tidemark::sqlite
