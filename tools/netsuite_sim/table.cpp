#include "tools/netsuite_sim/table.hpp"

#include "tools/netsuite_sim/tables.hpp"

#include <algorithm>

namespace tidemark::netsuite_sim {

std::string_view to_string(column_kind kind) noexcept {
  switch (kind) {
  case column_kind::integer: return "integer";
  case column_kind::reference: return "reference";
  case column_kind::decimal: return "decimal";
  case column_kind::boolean: return "boolean";
  case column_kind::date: return "date";
  case column_kind::datetime: return "datetime";
  case column_kind::text: return "text";
  case column_kind::multi_select: return "multi_select";
  }
  return "unknown";
}

int table::column_index(std::string_view column_name) const {
  auto found = std::ranges::find(columns, column_name, &column::name);
  return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
}

std::vector<std::string_view> table::key_columns() const {
  if (shape == table_shape::records) return {columns[0].name};
  return {columns[0].name, columns[1].name};
}

std::vector<table> make_tables() {
  std::vector<table> result;
  add_list_tables(result);
  add_organisation_tables(result);
  add_entity_tables(result);
  add_transaction_tables(result);
  add_stock_tables(result);
  add_other_tables(result);
  add_custom_tables(result);
  return result;
}

} // namespace tidemark::netsuite_sim
