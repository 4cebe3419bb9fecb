#include "tools/netsuite_sim/truth.hpp"

#include "tools/netsuite_sim/cursor.hpp"
#include "tools/netsuite_sim/time_text.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>

namespace tidemark::netsuite_sim {

namespace {

struct closer {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using db_ptr = std::unique_ptr<sqlite3, closer>;
using statement_ptr = std::unique_ptr<sqlite3_stmt, closer>;

bool is_integer(column_kind kind) {
  return kind == column_kind::integer || kind == column_kind::reference || kind == column_kind::boolean;
}

void bind_text(sqlite3_stmt* statement, int index, const std::string& text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void bind(sqlite3_stmt* statement, int index, const cell& value) {
  std::string text;
  switch (value.what()) {
  case cell::type::null: sqlite3_bind_null(statement, index); return;
  case cell::type::integer:
  case cell::type::boolean: sqlite3_bind_int64(statement, index, value.number()); return;
  case cell::type::date: append_iso_date(text, value.number() * 86400); break;
  case cell::type::datetime: append_iso_utc(text, value.number()); break;
  case cell::type::text: text = value.text(); break;
  }
  bind_text(statement, index, text);
}

outcome<statement_ptr> prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    return fail(ec::store_unavailable, fmt::format("cannot prepare {}: {}", sql, sqlite3_errmsg(db)));
  return statement_ptr(raw);
}

outcome<std::int64_t> export_table(sqlite3* db, const world& data, const table& t) {
  auto failed = [&] {
    return fail(ec::store_unavailable, fmt::format("cannot write table {}: {}", t.name, sqlite3_errmsg(db)));
  };
  std::string columns;
  std::string marks;
  for (const auto& c : t.columns) {
    columns += fmt::format("{}\"{}\" {}", columns.empty() ? "" : ", ", c.name,
                           is_integer(c.kind) ? "INTEGER" : "TEXT");
    marks += marks.empty() ? "?" : ",?";
  }
  std::string keys;
  for (auto key : t.key_columns()) keys += fmt::format("{}\"{}\"", keys.empty() ? "" : ", ", key);
  // Entries of the log may be of several tables under one number.
  auto unique = t.shape == table_shape::log ? "" : fmt::format(", PRIMARY KEY ({})", keys);
  auto create = fmt::format("CREATE TABLE \"{}\" ({}{})", t.name, columns, unique);
  if (sqlite3_exec(db, create.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return failed();
  auto insert = prepare(db, fmt::format("INSERT INTO \"{}\" VALUES ({})", t.name, marks));
  if (!insert) return std::unexpected(insert.error());
  auto hide = prepare(db, fmt::format("INSERT INTO \"_hidden\" VALUES ('{}', ?, ?)", t.name));
  if (!hide) return std::unexpected(hide.error());
  std::int64_t count = 0;
  cell value;
  row r;
  for (cursor rows(data, t, {}); rows.next(r); ++count) {
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
      data.read(t, r, i, value);
      bind(insert->get(), static_cast<int>(i) + 1, value);
    }
    if (sqlite3_step(insert->get()) != SQLITE_DONE) return failed();
    sqlite3_reset(insert->get());
    if (data.shows(t, r.key)) continue;
    sqlite3_bind_int64(hide->get(), 1, r.key.id);
    sqlite3_bind_int64(hide->get(), 2, r.key.line);
    if (sqlite3_step(hide->get()) != SQLITE_DONE) return failed();
    sqlite3_reset(hide->get());
  }
  return count;
}

} // namespace

outcome<std::map<std::string, std::int64_t>> export_truth(const world& data, const std::string& path,
                                                          const std::vector<std::string>& tables) {
  std::vector<const table*> chosen;
  for (const auto& name : tables) {
    chosen.push_back(data.find_table(name));
    if (chosen.back() == nullptr)
      return fail(ec::bad_request, fmt::format("there is no table '{}'", name), name);
  }
  if (tables.empty())
    for (const auto& t : data.tables()) chosen.push_back(&t);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  sqlite3* raw = nullptr;
  auto opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  db_ptr db(raw);
  if (opened != SQLITE_OK)
    return fail(ec::store_unavailable, fmt::format("cannot create {}: {}", path, sqlite3_errmsg(raw)), path);
  sqlite3_exec(raw,
               "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; BEGIN;"
               "CREATE TABLE \"_hidden\" (\"table\" TEXT, id INTEGER, line INTEGER)",
               nullptr, nullptr, nullptr);
  std::map<std::string, std::int64_t> result;
  for (const auto* t : chosen) {
    auto count = export_table(raw, data, *t);
    if (!count) return std::unexpected(count.error());
    result[t->name] = *count;
  }
  if (sqlite3_exec(raw, "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK)
    return fail(ec::store_unavailable, fmt::format("cannot write {}: {}", path, sqlite3_errmsg(raw)), path);
  return result;
}

} // namespace tidemark::netsuite_sim
