/// What the tests of the simulator share.
#pragma once

#include "tools/netsuite_sim/cursor.hpp"
#include "tools/netsuite_sim/suiteql.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace tidemark::netsuite_sim::test {

/// 2026-01-15T12:00:00Z
constexpr std::int64_t noon = 1768478400;

/// A small account: data and the query service, no HTTP.
struct account {
  explicit account(knobs k = {},
                   world_options options = {.seed = 7, .scale = 0.02, .counts = {{"currency", 12}}})
      : settings(std::move(k)), data(std::move(options)), service(data, settings, [] { return noon; }) {}

  std::expected<std::shared_ptr<const rendered>, error_reply> ask(const std::string& query, int limit = 1000,
                                                                  int offset = 0) {
    suiteql_request request{.query = query, .base_url = "http://sim"};
    request.limit = std::to_string(limit);
    request.offset = std::to_string(offset);
    return service.answer(request);
  }

  /// The whole answer, which must be a good one.
  nlohmann::json page(const std::string& query, int limit = 1000, int offset = 0) {
    auto answer = ask(query, limit, offset);
    return answer ? nlohmann::json::parse((*answer)->body) : nlohmann::json{{"refused", answer.error().body}};
  }

  nlohmann::json items(const std::string& query, int limit = 1000, int offset = 0) {
    return page(query, limit, offset)["items"];
  }

  /// One value of a query with one row.
  std::string value(const std::string& expression, const std::string& from = "dual") {
    auto rows = items("SELECT " + expression + " AS v FROM " + from);
    return rows.size() == 1 && rows[0].contains("v") ? rows[0]["v"].get<std::string>() : "(none)";
  }

  /// The detail of the refusal that the query must meet.
  std::string detail(const std::string& query, int limit = 1000, int offset = 0) {
    auto answer = ask(query, limit, offset);
    if (answer) return "(not refused)";
    return nlohmann::json::parse(answer.error().body)["o:errorDetails"][0]["detail"].get<std::string>();
  }

  const table& table_of(const std::string& name) const { return *data.find_table(name); }

  knobs settings;
  world data;
  suiteql service;
};

/// Selects every column of a table as an importer does: times by TO_CHAR, the rest as it is.
inline std::string select_all(const table& t, const std::string& where = "") {
  std::string list;
  for (const auto& c : t.columns) {
    auto name = "t." + c.name;
    if (c.kind == column_kind::date) name = "TO_CHAR(" + name + ",'YYYY-MM-DD')";
    if (c.kind == column_kind::datetime)
      name = "TO_CHAR(SYS_EXTRACT_UTC(" + name + "),'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
    list += (list.empty() ? "" : ", ") + name + " AS " + c.name;
  }
  auto order = std::string(" ORDER BY ");
  for (auto key : t.key_columns()) order += (order.ends_with("BY ") ? "t." : ", t.") + std::string(key);
  return "SELECT " + list + " FROM " + t.name + " t" + (where.empty() ? "" : " WHERE " + where) + order;
}

inline std::vector<row_key> keys_of(const world& data, const table& t, const key_range& range = {}) {
  std::vector<row_key> result;
  row r;
  for (cursor rows(data, t, range); rows.next(r);) result.push_back(r.key);
  return result;
}

} // namespace tidemark::netsuite_sim::test
