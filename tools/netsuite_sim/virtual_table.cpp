#include "tools/netsuite_sim/virtual_table.hpp"

#include "tools/netsuite_sim/cursor.hpp"
#include "tools/netsuite_sim/sql_time.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cmath>
#include <memory>

namespace tidemark::netsuite_sim {

namespace {

struct module_data {
  const world& data;
  const visible_table& view;
};

struct instance : sqlite3_vtab {
  const module_data* module;
};

struct open_cursor : sqlite3_vtab_cursor {
  const module_data* module = nullptr;
  std::optional<cursor> rows = {};
  row current = {};
  cell value = {};
  bool at_end = true;

  void step() {
    do at_end = !rows->next(current);
    while (!at_end && !module->data.shows(*module->view.source, current.key));
  }
};

const char* affinity(column_kind kind) {
  switch (kind) {
  case column_kind::integer:
  case column_kind::reference: return "INTEGER";
  case column_kind::date:
  case column_kind::datetime: return "BLOB";
  default: return "TEXT";
  }
}

int connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char**) {
  const auto* module = static_cast<const module_data*>(aux);
  std::string sql = "CREATE TABLE x(";
  for (auto index : module->view.columns) {
    const auto& c = module->view.source->columns[index];
    sql += fmt::format("{}\"{}\" {}", index == module->view.columns.front() ? "" : ", ", c.name,
                       affinity(c.kind));
  }
  if (auto rc = sqlite3_declare_vtab(db, (sql + ")").c_str()); rc != SQLITE_OK) return rc;
  auto made = std::make_unique<instance>();
  made->module = module;
  *out = made.release();
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* vtab) {
  delete static_cast<instance*>(vtab);
  return SQLITE_OK;
}

/// How a constraint on a key column is passed from the plan to the cursor: lower case for the first key
/// column.
char constraint_code(unsigned char op, bool first) {
  auto code = [&]() -> char {
    switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return 'e';
    case SQLITE_INDEX_CONSTRAINT_GT: return 'g';
    case SQLITE_INDEX_CONSTRAINT_GE: return 'h';
    case SQLITE_INDEX_CONSTRAINT_LT: return 'l';
    case SQLITE_INDEX_CONSTRAINT_LE: return 'm';
    default: return 0;
    }
  }();
  return first || code == 0 ? code : static_cast<char>(code - 'a' + 'A');
}

/// Whether walking by key gives the order asked for.
bool is_key_order(const sqlite3_index_info& info, std::size_t key_columns, bool first_is_fixed,
                  bool is_unique) {
  auto next = first_is_fixed ? 1 : 0;
  for (auto i = 0; i < info.nOrderBy; ++i) {
    if (static_cast<std::size_t>(next) == key_columns) return is_unique;
    if (info.aOrderBy[i].desc != 0 || info.aOrderBy[i].iColumn != next) return false;
    ++next;
  }
  return true;
}

int best_index(sqlite3_vtab* vtab, sqlite3_index_info* info) {
  const auto& module = *static_cast<instance*>(vtab)->module;
  const auto& source = *module.view.source;
  // Of the log, what its second column shows is not what its rows are kept by.
  auto key_columns = source.shape == table_shape::log ? std::size_t{1} : source.key_columns().size();
  // A switch that hides a key column shifts the others.
  auto shows_key =
      module.view.columns.size() >= key_columns && module.view.columns[key_columns - 1] == key_columns - 1;
  std::string codes;
  bool equal = false;
  auto bounds = 0;
  for (auto i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || constraint.iColumn < 0
        || static_cast<std::size_t>(constraint.iColumn) >= key_columns || !shows_key)
      continue;
    auto code = constraint_code(constraint.op, constraint.iColumn == 0);
    if (code == 0) continue;
    codes += code;
    info->aConstraintUsage[i].argvIndex = static_cast<int>(codes.size());
    equal = equal || code == 'e';
    if (code >= 'a') ++bounds;
  }
  auto all =
      static_cast<double>(module.data.generated(source)) * (source.shape == table_shape::lines ? 5 : 1) + 1;
  info->estimatedCost = equal ? 5 : bounds > 1 ? 1 + all / 100 : bounds == 1 ? 1 + all / 2 : all;
  info->estimatedRows = static_cast<sqlite3_int64>(info->estimatedCost);
  info->orderByConsumed =
      shows_key && is_key_order(*info, key_columns, equal, source.shape != table_shape::log) ? 1 : 0;
  info->idxStr = sqlite3_mprintf("%s", codes.c_str());
  info->needToFreeIdxStr = 1;
  return info->idxStr == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

/// Narrows [low, high] by one constraint. SQLite checks each row again, so a bound may be wide but never
/// narrow.
void narrow(std::int64_t& low, std::int64_t& high, char code, sqlite3_value* value) {
  auto type = sqlite3_value_numeric_type(value);
  if (type == SQLITE_NULL) {
    low = highest;
    high = lowest;
    return;
  }
  if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) return;
  auto number = sqlite3_value_double(value);
  if (std::abs(number) > 9e18) return;
  std::int64_t floor =
      type == SQLITE_INTEGER ? sqlite3_value_int64(value) : static_cast<std::int64_t>(std::floor(number));
  auto is_whole = type == SQLITE_INTEGER || static_cast<double>(floor) == number;
  auto ceiling = is_whole ? floor : floor + 1;
  switch (code) {
  case 'e': low = std::max(low, floor), high = std::min(high, ceiling); break;
  case 'g': low = std::max(low, floor + 1); break;
  case 'h': low = std::max(low, ceiling); break;
  case 'l': high = std::min(high, ceiling - 1); break;
  case 'm': high = std::min(high, floor); break;
  default: break;
  }
}

int filter(sqlite3_vtab_cursor* base, int, const char* codes, int count, sqlite3_value** values) {
  auto& c = *static_cast<open_cursor*>(base);
  std::int64_t low = lowest;
  std::int64_t high = highest;
  std::int64_t line_low = lowest;
  std::int64_t line_high = highest;
  for (auto i = 0; i < count; ++i) {
    auto code = codes[i];
    if (code >= 'a')
      narrow(low, high, code, values[i]);
    else
      narrow(line_low, line_high, static_cast<char>(code - 'A' + 'a'), values[i]);
  }
  auto fixed = low == high;
  key_range range{{low, fixed ? line_low : lowest}, {high, fixed ? line_high : highest}};
  if (low > high || line_low > line_high) range = {{1, 0}, {0, 0}};
  c.rows.emplace(c.module->data, *c.module->view.source, range);
  c.step();
  return SQLITE_OK;
}

int open(sqlite3_vtab* vtab, sqlite3_vtab_cursor** out) {
  auto made = std::make_unique<open_cursor>();
  made->module = static_cast<instance*>(vtab)->module;
  *out = made.release();
  return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* base) {
  delete static_cast<open_cursor*>(base);
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
  static_cast<open_cursor*>(base)->step();
  return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* base) { return static_cast<open_cursor*>(base)->at_end ? 1 : 0; }

void give(sqlite3_context* context, sql_time t) {
  auto bytes = encode(t);
  sqlite3_result_blob(context, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
}

int read_column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
  auto& c = *static_cast<open_cursor*>(base);
  const auto& view = c.module->view;
  c.module->data.read(*view.source, c.current, view.columns[static_cast<std::size_t>(index)], c.value);
  switch (c.value.what()) {
  case cell::type::null: break;
  case cell::type::integer: sqlite3_result_int64(context, c.value.number()); break;
  case cell::type::boolean:
    sqlite3_result_text(context, c.value.number() != 0 ? "T" : "F", 1, SQLITE_STATIC);
    break;
  case cell::type::date: give(context, {false, c.value.number() * 86400}); break;
  case cell::type::datetime: give(context, {true, c.value.number()}); break;
  case cell::type::text:
    sqlite3_result_text(context, c.value.text().data(), static_cast<int>(c.value.text().size()),
                        SQLITE_TRANSIENT);
    break;
  }
  return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* base, sqlite3_int64* out) {
  const auto& key = static_cast<open_cursor*>(base)->current.key;
  *out = key.id * 4096 + key.line;
  return SQLITE_OK;
}

constexpr sqlite3_module make_module() {
  sqlite3_module m{};
  m.iVersion = 1;
  m.xConnect = connect;
  m.xBestIndex = best_index;
  m.xDisconnect = disconnect;
  m.xDestroy = disconnect;
  m.xOpen = open;
  m.xClose = close;
  m.xFilter = filter;
  m.xNext = next;
  m.xEof = at_end;
  m.xColumn = read_column;
  m.xRowid = rowid;
  return m;
}

constexpr sqlite3_module eponymous = make_module();

} // namespace

void register_table(sqlite3* db, const world& data, const visible_table& view) {
  auto aux = std::make_unique<module_data>(module_data{data, view});
  sqlite3_create_module_v2(db, view.source->name.c_str(), &eponymous, aux.release(),
                           [](void* p) { delete static_cast<module_data*>(p); });
}

} // namespace tidemark::netsuite_sim
