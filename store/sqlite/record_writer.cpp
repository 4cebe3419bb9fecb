#include "store/sqlite/record_writer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidemark::sqlite {

namespace {

constexpr std::size_t upserts_kept = 8;

/// Text is bound where it lies: the set outlives the step, and a batch copies no text but into the database.
int bind(sqlite3_stmt* to, int place, const record_set& records, const cell& x) noexcept {
  switch (x.is) {
  case cell::kind::null: return sqlite3_bind_null(to, place);
  case cell::kind::integer: return sqlite3_bind_int64(to, place, x.number);
  case cell::kind::text: {
    auto text = records.text(x);
    return sqlite3_bind_text64(to, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  }
  return SQLITE_MISUSE;
}

int run(sqlite3_stmt* what, const record_set& records, std::span<const cell> row, std::int64_t import,
        std::string_view synced_at) noexcept {
  int place = 0;
  for (const auto& x : row)
    if (auto code = bind(what, ++place, records, x); code != SQLITE_OK) return code;
  sqlite3_bind_int64(what, ++place, import);
  sqlite3_bind_text64(what, ++place, synced_at.data(), synced_at.size(), SQLITE_STATIC, SQLITE_UTF8);
  auto code = sqlite3_step(what);
  // The bindings stay, pointing at text that may go: the next use replaces each of them before it steps.
  sqlite3_reset(what);
  return code;
}

std::optional<std::size_t> position(const std::vector<std::string>& columns, std::string_view name) {
  auto found = std::ranges::find(columns, name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

} // namespace

outcome<upsert> upsert::prepare(connection& db, const record_table& table,
                                const std::vector<std::string>& columns, rewriting rule) {
  upsert made;
  made.columns_ = columns;
  made.rule_ = rule;
  auto indexed = false;
  for (const auto& column : columns) {
    auto declared = std::ranges::find(table.fields, column, &field::name);
    if (declared == table.fields.end())
      return fail(
          ec::internal,
          fmt::format("a page of {} has a column {} that its table lacks", table.record_type_name, column),
          column);
    indexed = indexed || table.is_indexed(*declared);
  }
  auto key = position(columns, table.key);
  made.parent_ = position(columns, table.parent);
  if (!key || (table.is_set() && !made.parent_))
    return fail(ec::internal, fmt::format("a page of {} lacks its key column", table.record_type_name),
                table.key);
  made.key_ = *key;

  auto if_changed = rule == rewriting::if_changed;
  auto always = db.prepare(if_changed ? upsert_if_changed_sql(table, columns) : upsert_sql(table, columns));
  if (!always) return std::unexpected(std::move(always.error()));
  made.always_ = std::move(*always);
  if (!indexed || if_changed) return made;
  auto unless_moved = db.prepare(upsert_unless_moved_sql(table, columns));
  if (!unless_moved) return std::unexpected(std::move(unless_moved.error()));
  made.unless_moved_ = std::move(*unless_moved);
  return made;
}

upsert::written upsert::write(const record_set& records, std::span<const cell> row, std::int64_t import,
                              std::string_view synced_at) {
  if (unless_moved_) {
    auto code = run(unless_moved_.get(), records, row, import, synced_at);
    if (code != SQLITE_DONE || sqlite3_changes64(sqlite3_db_handle(unless_moved_.get())) > 0) return {code};
  }
  auto code = run(always_.get(), records, row, import, synced_at);
  return {code, code != SQLITE_DONE || sqlite3_changes64(sqlite3_db_handle(always_.get())) > 0};
}

outcome<upsert*> record_writer::with_columns(connection& db, const std::vector<std::string>& columns,
                                             rewriting rule) {
  auto found = std::ranges::find_if(upserts_, [&](auto& x) { return x.is_for(columns, rule); });
  if (found != upserts_.end()) return &*found;
  auto made = upsert::prepare(db, table_, columns, rule);
  if (!made) return std::unexpected(std::move(made.error()));
  if (upserts_.size() == upserts_kept) upserts_.pop_front();
  return &upserts_.emplace_back(std::move(*made));
}

} // namespace tidemark::sqlite
