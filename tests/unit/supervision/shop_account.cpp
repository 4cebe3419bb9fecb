#include "shop_account.hpp"

#include <algorithm>
#include <optional>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fakes.hpp"

namespace tidemark {

namespace {

constexpr std::int64_t customers = 24;
constexpr std::int64_t sales = 24;
constexpr std::size_t rows_per_batch = 10;
constexpr std::size_t rows_per_page = 8;

constexpr std::string_view criteria_text = R"json({
  "version": 1,
  "record_types": [
    { "name": "customer", "key": "id", "change_column": "lastmodifieddate", "fields": [
        { "name": "id", "type": "id" },
        { "name": "revision", "type": "integer" },
        { "name": "lastmodifieddate", "type": "datetime" } ] },
    { "name": "sale", "key": "id", "change_column": "lastmodifieddate",
      "deleted_as": { "recordtypeid": -30 }, "fields": [
        { "name": "id", "type": "id" },
        { "name": "customer", "type": "reference", "to": "customer" },
        { "name": "revision", "type": "integer" },
        { "name": "lastmodifieddate", "type": "datetime" } ] },
    { "name": "line", "key": "id", "set_of": { "parent": "sale", "column": "sale" },
      "change_column": "linelastmodifieddate", "fields": [
        { "name": "sale", "type": "reference", "to": "sale" },
        { "name": "id", "type": "id" },
        { "name": "revision", "type": "integer" },
        { "name": "linelastmodifieddate", "type": "datetime" } ] }
  ]
})json";

std::optional<std::int64_t> number_after(std::string_view text, std::string_view part) {
  auto at = text.find(part);
  if (at == std::string_view::npos) return std::nullopt;
  return std::stoll(std::string{text.substr(at + part.size(), 20)});
}

/// The table that is aliased as t.
std::string table_of(const std::string& sql) {
  for (auto at = sql.find("FROM "); at != std::string::npos; at = sql.find("FROM ", at + 1)) {
    auto begin = at + 5;
    auto end = sql.find(' ', begin);
    if (end != std::string::npos && sql.compare(end, 2, " t") == 0
        && (end + 2 == sql.size() || sql[end + 2] == ' ' || sql[end + 2] == ')'))
      return sql.substr(begin, end - begin);
  }
  return {};
}

/// What ranges of the table are made of.
std::string range_of(const std::string& table) { return table == "line" ? "sale" : "id"; }

std::vector<std::int64_t> numbers_in(const std::string& sql, const std::string& column) {
  std::vector<std::int64_t> numbers;
  auto at = sql.find(fmt::format("t.{} IN (", column));
  if (at == std::string::npos) return numbers;
  at = sql.find('(', at);
  auto end = sql.find(')', at);
  while (at < end) {
    numbers.push_back(std::stoll(sql.substr(at + 1, 20)));
    at = std::min(sql.find(',', at + 1), end);
  }
  return numbers;
}

http_response rows_of(const std::vector<std::string>& items, bool has_more = false) {
  return answer_of(fmt::format(R"({{"count":{},"hasMore":{},"items":[{}]}})", items.size(), has_more,
                               fmt::join(items, ",")));
}

} // namespace

std::shared_ptr<const criteria> shop_types() {
  static const auto types = [] {
    auto parsed = parse_criteria(criteria_text, "shop.json");
    REQUIRE_MESSAGE(parsed, parsed.error().message);
    return std::make_shared<const criteria>(*std::move(parsed));
  }();
  return types;
}

shop_account::shop_account() {
  for (std::int64_t id = 1; id <= customers; ++id) tables["customer"][{0, id}] = {0, id};
  for (std::int64_t id = 1; id <= sales; ++id) {
    tables["sale"][{0, id}] = {0, id, 1, 1 + id % customers};
    for (std::int64_t line : {1, 2}) tables["line"][{id, line}] = {id, line};
  }
}

void shop_account::change_sale(std::int64_t id) {
  auto& changed = tables["sale"][{0, id}];
  changed = {0, id, changed.revision + 1, 1 + id % customers, true};
  for (auto& [key, line] : tables["line"])
    if (line.parent == id) line = {id, line.key, line.revision + 1, 0, true};
}

void shop_account::let_a_day_pass() {
  for (std::int64_t id = 3; id <= customers + 6; id += 2) {
    auto& changed = tables["customer"][{0, id}];
    changed = {0, id, changed.revision + 1, 0, true};
  }
  for (std::int64_t id : {2, 5, 11, 12, 20}) change_sale(id);
  tables["line"].erase({5, 2});
  tables["line"][{11, 3}] = {11, 3, 1, 0, true};
  for (std::int64_t id : {7, 19}) {
    tables["sale"].erase({0, id});
    std::erase_if(tables["line"], [&](auto& entry) { return entry.second.parent == id; });
    deleted_sales.push_back(id);
  }
}

std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>>
shop_account::contents() const {
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t>> all;
  for (auto& [table, rows] : tables)
    for (auto& [key, x] : rows) all.emplace_back(table, x.parent, x.key, x.revision);
  return all;
}

std::vector<shop_account::row> shop_account::select(const std::string& sql, const std::string& table) const {
  bool is_set = table == "line";
  auto range = range_of(table);
  // The place of the last page in a set is a condition of its own, which comes after the others.
  auto cursor = sql.find(fmt::format("(t.{} > ", range));
  auto conditions = sql.substr(0, cursor);
  auto place = cursor == std::string::npos ? std::string{} : sql.substr(cursor);
  auto after = number_after(conditions, fmt::format("t.{} > ", range));
  auto up_to = number_after(conditions, fmt::format("t.{} <= ", range));
  auto last_parent = number_after(place, fmt::format("(t.{} > ", range));
  auto last_key = number_after(place, "OR t.id > ");
  bool only_changed = contains(sql, "TO_TIMESTAMP(");
  std::vector<row> found;
  for (auto& [key, x] : tables.at(table)) {
    auto place_in_range = is_set ? x.parent : x.key;
    if (after && place_in_range <= *after) continue;
    if (up_to && place_in_range > *up_to) continue;
    if (last_parent && std::pair{x.parent, x.key} <= std::pair{*last_parent, *last_key}) continue;
    // The lines of a changed sale are asked for as a whole.
    bool changed = is_set ? tables.at("sale").at({0, x.parent}).changed : x.changed;
    if (only_changed && !changed) continue;
    found.push_back(x);
  }
  return found;
}

http_response shop_account::answer(const http_request& request) const {
  auto sql = sql_of(request);
  if (sql.empty()) return answer_of(R"({"serverTime":"2026-03-01T10:00:00Z"})");
  auto table = table_of(sql);
  std::vector<std::string> items;
  if (table == "deletedrecord") {
    for (auto id : deleted_sales)
      items.push_back(fmt::format(R"({{"recordid":"{}","recordtypeid":"-30","type":"Sale"}})", id));
    return rows_of(items);
  }
  if (!tables.contains(table))
    return answer_of(
        R"({"status":400,"o:errorDetails":[{"detail":"Search error occurred: Record 'x' was not found.",)"
        R"("o:errorCode":"INVALID_PARAMETER"}]})",
        400);
  bool is_set = table == "line";
  auto rows = select(sql, table);
  if (contains(sql, "AS position")) {
    // Of a set, each row counts for as many as lie between two boundaries.
    auto between = is_set ? 1 : rows_per_batch;
    auto worth = is_set ? static_cast<std::size_t>(*number_after(sql, "MOD(n, ")) : 1;
    for (std::size_t n = 1; n <= rows.size(); ++n)
      if (n % between == 0 || n == rows.size())
        items.push_back(fmt::format(R"({{"boundary":"{}","position":"{}","total":"{}"}})",
                                    is_set ? rows[n - 1].parent : rows[n - 1].key, n * worth,
                                    rows.size() * worth));
    return rows_of(items);
  }
  if (contains(sql, "TO_CHAR(COUNT(*)) AS total, TO_CHAR(MAX(")) {
    auto last = rows.empty() ? 0 : is_set ? rows.back().parent : rows.back().key;
    items.push_back(fmt::format(R"({{"total":"{}","last":"{}"}})", rows.size(), last));
    return rows_of(items);
  }
  if (contains(sql, "AS bucket")) {
    std::int64_t keys = 0;
    std::int64_t parents = 0;
    for (auto& x : rows) {
      keys += x.key;
      parents += x.parent;
    }
    REQUIRE(*number_after(sql, " / ") > customers + sales); // everything is in the first
    items.push_back(fmt::format(R"({{"bucket":"0","total":"{}","keys":"{}","parents":"{}"}})", rows.size(),
                                keys, parents));
    return rows_of(items);
  }
  if (contains(sql, "AS boundary")) {
    auto has = [&](std::int64_t id) {
      return is_set ? std::ranges::any_of(rows, [&](auto& x) { return x.parent == id; })
                    : tables.at(table).contains({0, id});
    };
    for (auto id : numbers_in(sql, range_of(table)))
      if (has(id)) items.push_back(fmt::format(R"({{"boundary":"{}"}})", id));
    return rows_of(items);
  }
  for (auto& x : rows) {
    if (items.size() == rows_per_page) return rows_of(items, true);
    auto item = fmt::format(R"("id":"{}","revision":"{}")", x.key, x.revision);
    if (is_set) item += fmt::format(R"(,"sale":"{}")", x.parent);
    if (x.customer != 0) item += fmt::format(R"(,"customer":"{}")", x.customer);
    items.push_back("{" + item + "}");
  }
  return rows_of(items);
}

} // namespace tidemark
