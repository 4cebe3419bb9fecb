#include "tools/netsuite_sim/database.hpp"

#include "tools/netsuite_sim/sql_time.hpp"
#include "tools/netsuite_sim/sql_tokens.hpp"
#include "tools/netsuite_sim/virtual_table.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>

namespace tidemark::netsuite_sim {

namespace {

/// What SQLite's sentence means in NetSuite's terms.
failure explain(std::string_view text) {
  constexpr std::string_view no_column = "no such column: ";
  constexpr std::string_view no_table = "no such table: ";
  if (text.starts_with(no_column)) {
    auto name = text.substr(no_column.size());
    if (auto dot = name.rfind('.'); dot != name.npos) name.remove_prefix(dot + 1);
    return {ec::unknown_column, std::string(text), std::string(name)};
  }
  if (text.starts_with(no_table))
    return {ec::missing_table, std::string(text), std::string(text.substr(no_table.size()))};
  if (text.starts_with("Parse of date/time") || text.find("date") != text.npos
      || text.find("timezone") != text.npos)
    return {ec::rejected, std::string(text), {}};
  return {ec::rejected, "Invalid or unsupported search", {}};
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0
         && std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

} // namespace

class database::statement {
public:
  statement(sqlite3* db, const std::string& sql) {
    result_ = sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()), &handle_, nullptr);
  }
  ~statement() { sqlite3_finalize(handle_); }
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  bool prepared() const noexcept { return result_ == SQLITE_OK && handle_ != nullptr; }
  sqlite3_stmt* get() const noexcept { return handle_; }

  bool bind(const std::vector<std::string>& parameters) {
    if (static_cast<std::size_t>(sqlite3_bind_parameter_count(handle_)) != parameters.size()) return false;
    for (std::size_t i = 0; i < parameters.size(); ++i)
      sqlite3_bind_text(handle_, static_cast<int>(i) + 1, parameters[i].data(),
                        static_cast<int>(parameters[i].size()), SQLITE_STATIC);
    return true;
  }

private:
  sqlite3_stmt* handle_ = nullptr;
  int result_ = SQLITE_OK;
};

namespace {

/// Turns rows of a statement into items.
class row_printer {
public:
  row_printer(sqlite3_stmt* rows, const schema& visible, const sql_session& session, result_page& page)
      : rows_(rows), schema_(visible), session_(session), writer_(page) {
    for (auto i = 0; i < sqlite3_column_count(rows); ++i) {
      std::string name = sqlite3_column_name(rows, i);
      labels_.push_back(
          item_writer::make_label(is_plain_name(name) ? to_lower(name) : fmt::format("expr{}", i + 1)));
    }
    if (visible.has_broken_records()) find_broken_source();
  }

  /// False if the row is one that the service cannot read.
  bool print() {
    if (broken_source_ != nullptr
        && schema_.is_broken_record(*broken_source_, sqlite3_column_int64(rows_, key_column_)))
      return false;
    writer_.begin_item();
    for (std::size_t i = 0; i < labels_.size(); ++i) print_value(static_cast<int>(i));
    writer_.end_item();
    return true;
  }

private:
  /// Finds the table whose broken records matter: one of which the query selects the key and something else
  /// besides, so that counting and planning by key alone still work.
  void find_broken_source() {
    const table* with_key = nullptr;
    for (auto i = 0; i < sqlite3_column_count(rows_); ++i) {
      const auto* table_name = sqlite3_column_table_name(rows_, i);
      const auto* origin = sqlite3_column_origin_name(rows_, i);
      const auto* view = table_name == nullptr || origin == nullptr ? nullptr : schema_.find(table_name);
      if (view == nullptr) continue;
      auto is_key = view->source->columns[0].name == origin;
      if (is_key && with_key == nullptr) {
        with_key = view->source;
        key_column_ = i;
      } else if (!is_key && with_key == view->source) {
        broken_source_ = with_key;
      }
    }
  }

  void append_whole(std::string& out, std::int64_t value) const {
    if (!session_.floating_numbers || (value < 10'000'000 && value > -10'000'000))
      return append_integer(out, value);
    std::array<char, 32> buffer{};
    auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<double>(value),
                             std::chars_format::scientific)
                   .ptr;
    std::string_view text{buffer.data(), end}; // 1.2345e+07
    auto e = std::min(text.find('e'), text.size());
    auto digits = text.substr(0, e);
    auto exponent = text.substr(std::min(e + 2, text.size()));
    exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size()));
    fmt::format_to(std::back_inserter(out), "{}{}E{}", digits, digits.contains('.') ? "" : ".0", exponent);
  }

  void print_value(int index) {
    auto type = sqlite3_column_type(rows_, index);
    if (type == SQLITE_NULL) return;
    auto& out = writer_.begin_value(labels_[static_cast<std::size_t>(index)]);
    auto bytes = [&](const void* data) {
      return std::string_view(static_cast<const char*>(data),
                              static_cast<std::size_t>(sqlite3_column_bytes(rows_, index)));
    };
    switch (type) {
    case SQLITE_INTEGER: append_whole(out, sqlite3_column_int64(rows_, index)); break;
    case SQLITE_FLOAT: append_number(out, sqlite3_column_double(rows_, index)); break;
    case SQLITE_TEXT: append_escaped(out, bytes(sqlite3_column_text(rows_, index))); break;
    default:
      if (auto t = decode(bytes(sqlite3_column_blob(rows_, index))))
        append_user_date(out, t->is_instant ? session_.account_zone.to_wall(t->seconds) : t->seconds,
                         session_.date_format);
    }
    writer_.end_value();
  }

  sqlite3_stmt* rows_;
  const schema& schema_;
  const sql_session& session_;
  item_writer writer_;
  std::vector<std::string> labels_;
  const table* broken_source_ = nullptr;
  int key_column_ = 0;
};

} // namespace

database::database(const world& data, const schema& visible, const sql_session& session)
    : schema_(visible), session_(session) {
  sqlite3_open_v2(":memory:", &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_exec(db_, "PRAGMA case_sensitive_like=ON", nullptr, nullptr, nullptr);
  sqlite3_exec(db_, "CREATE TABLE dual(dummy TEXT); INSERT INTO dual VALUES('X')", nullptr, nullptr, nullptr);
  register_functions(db_, session);
  for (const auto& [name, view] : visible.tables())
    if (view.available && !view.columns.empty()) register_table(db_, data, view);
}

database::~database() { sqlite3_close(db_); }

outcome<std::int64_t> database::count(const std::string& sql, const std::vector<std::string>& parameters) {
  statement counting(db_, "SELECT COUNT(*) FROM (" + sql + ")");
  if (!counting.prepared() || !counting.bind(parameters) || sqlite3_step(counting.get()) != SQLITE_ROW)
    return std::unexpected(explain(sqlite3_errmsg(db_)));
  return sqlite3_column_int64(counting.get(), 0);
}

outcome<result_page> database::run(const std::string& sql, const std::vector<std::string>& parameters,
                                   const page_request& request) {
  statement rows(db_, sql);
  if (!rows.prepared()) return std::unexpected(explain(sqlite3_errmsg(db_)));
  if (!rows.bind(parameters)) return fail(ec::rejected, "Invalid number of parameters");
  result_page page;
  if (request.empty_above_100_columns && sqlite3_column_count(rows.get()) > 100) return page;
  row_printer printer(rows.get(), schema_, session_, page);
  auto skipped = std::max<std::int64_t>(0, request.offset - request.slip);
  std::int64_t position = 0;
  auto rc = SQLITE_ROW;
  while (page.count < request.limit && (rc = sqlite3_step(rows.get())) == SQLITE_ROW) {
    if (position++ < skipped) continue;
    if (!printer.print()) return fail(ec::server, "a record that cannot be read is on the page");
  }
  if (rc == SQLITE_ROW) rc = sqlite3_step(rows.get());
  if (rc == SQLITE_ROW) {
    auto total = count(sql, parameters);
    if (!total) return std::unexpected(total.error());
    page.total = *total;
  } else if (rc == SQLITE_DONE) {
    page.total = position;
  } else {
    return std::unexpected(explain(sqlite3_errmsg(db_)));
  }
  return page;
}

} // namespace tidemark::netsuite_sim
