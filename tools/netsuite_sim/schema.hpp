/// The tables and columns that the account shows, after features and switches.
#pragma once

#include "tools/netsuite_sim/knobs.hpp"
#include "tools/netsuite_sim/world.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::netsuite_sim {

struct visible_table {
  const table* source;
  /// False: "Record 'x' was not found".
  bool available;
  /// Indexes into `source->columns`.
  std::vector<std::size_t> columns;
};

class schema {
public:
  schema(const world& w, const knobs& k);

  /// By lower-case name; null for a table that NetSuite does not have at all.
  const visible_table* find(std::string_view name) const;
  /// The visible column, or null.
  const column* find_column(const table& t, std::string_view name) const;
  const std::map<std::string, visible_table, std::less<>>& tables() const noexcept { return tables_; }

  bool is_unusable(const table& t, std::string_view column_name) const;
  bool is_refused(const table& t, std::string_view column_name) const;
  bool is_broken(const table& t, std::string_view column_name) const;
  bool is_unzoned(const table& t, std::string_view column_name) const;
  bool has_broken_records() const noexcept { return !broken_records_.empty(); }
  bool is_broken_record(const table& t, std::int64_t id) const;

private:
  std::map<std::string, visible_table, std::less<>> tables_;
  std::set<std::string, std::less<>> unusable_;
  std::set<std::string, std::less<>> refused_;
  std::set<std::string, std::less<>> broken_;
  std::set<std::string, std::less<>> unzoned_;
  std::set<std::string, std::less<>> broken_records_;
};

/// Refuses knobs that name tables or columns that there are not.
outcome<void> check_names(const knobs& k, const world& w);

} // namespace tidemark::netsuite_sim
