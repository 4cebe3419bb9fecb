#include "store/sqlite/statement.hpp"

#include "store/utc_text.hpp"

namespace tidemark::sqlite {

statement_use::~statement_use() {
  // Bindings are cleared too: they point at text that is about to go.
  sqlite3_reset(what_);
  sqlite3_clear_bindings(what_);
}

void statement_use::bind(std::string_view text) noexcept {
  // A null pointer would bind NULL, not an empty text.
  sqlite3_bind_text64(what_, ++bound_, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
}

void statement_use::bind(std::optional<std::int64_t> value) noexcept {
  if (value) return bind(*value);
  sqlite3_bind_null(what_, ++bound_);
}

void statement_use::bind(utc value) {
  ++bound_;
  if (value.time == 0) {
    sqlite3_bind_null(what_, bound_);
    return;
  }
  auto text = to_utc_text(value.time);
  sqlite3_bind_text64(what_, bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

std::string row::text() { return std::string{text_at(next_++)}; }

std::string_view row::text_at(int column) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(what_, column));
  if (!bytes) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(what_, column))};
}

std::optional<std::int64_t> row::optional_integer() {
  if (sqlite3_column_type(what_, next_) == SQLITE_NULL) {
    ++next_;
    return std::nullopt;
  }
  return integer();
}

unix_ms row::time() {
  auto written = text();
  if (written.empty()) return 0;
  auto value = from_utc_text(written);
  if (!value) complain(written);
  return value.value_or(0);
}

void row::complain(std::string_view value) {
  if (!misunderstood_) misunderstood_ = value;
}

} // namespace tidemark::sqlite
