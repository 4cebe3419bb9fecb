#include "store/sqlite/comparison.hpp"

#include "store/sqlite/record_table.hpp"

#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::sqlite {

namespace {

constexpr std::string_view legacy_schema = "legacy";
constexpr int most_examples = 5;

bool is_ours(std::string_view column) noexcept { return column.starts_with('_'); }

/// The live rows of a table; no rows for a table that is not there.
std::string rows_of(const std::string& table, const std::vector<std::string>& columns) {
  if (table.empty()) return fmt::format("SELECT NULL AS {} WHERE false", fmt::join(columns, ", NULL AS "));
  return fmt::format("SELECT {} FROM {} WHERE \"_deleted_at\" IS NULL", fmt::join(columns, ", "), table);
}

} // namespace

outcome<std::unique_ptr<store_comparison>> comparison::open(const std::string& chunked,
                                                            const std::string& legacy) {
  auto db = connection::open(chunked, std::chrono::seconds{5});
  if (!db) return std::unexpected(std::move(db.error()));
  auto attached = db->run("ATTACH DATABASE ? AS legacy", legacy);
  if (!attached) return std::unexpected(std::move(attached.error()));
  // A set's row has two keys; of other rows the second one is zero.
  auto made = db->script("CREATE TEMP TABLE differing (record_type TEXT, k1, k2, pass INTEGER, "
                         "PRIMARY KEY (record_type, k1, k2, pass))");
  if (!made) return std::unexpected(std::move(made.error()));
  return std::unique_ptr<store_comparison>{new comparison(std::move(*db))};
}

outcome<std::vector<comparison::sides>> comparison::find_sides() {
  std::map<std::string, sides> found;
  for (std::string_view schema : {std::string_view{"main"}, legacy_schema}) {
    auto tables =
        db_.all(fmt::format("SELECT record_type, table_name, key_column, parent_column FROM {}.record_tables",
                            schema),
                [](row& r) {
                  auto record_type = r.text();
                  auto name = r.text();
                  auto key = r.text();
                  return std::pair{record_type, made_table{name, key, r.text()}};
                });
    if (!tables) return std::unexpected(std::move(tables.error()));
    for (auto& [record_type, table] : *tables) {
      auto& both = found[record_type];
      both.record_type = record_type;
      (schema == legacy_schema ? both.legacy : both.chunked) =
          fmt::format("{}.{}", schema, identifier(table.name));
      if (!both.keys.empty()) continue;
      if (!table.parent.empty()) both.keys.push_back(identifier(table.parent));
      both.keys.push_back(identifier(table.key));
      auto columns = db_.all(
          "SELECT name FROM pragma_table_info(?, ?)", [](row& r) { return r.text(); }, table.name, schema);
      if (!columns) return std::unexpected(std::move(columns.error()));
      for (auto& column : *columns)
        if (!is_ours(column) || column == table.key) both.fields.push_back(identifier(column));
    }
  }
  std::vector<sides> result;
  for (auto& [record_type, both] : found) result.push_back(std::move(both));
  return result;
}

outcome<std::vector<type_parity>> comparison::compare() {
  auto all = find_sides();
  if (!all) return std::unexpected(std::move(all.error()));
  std::vector<type_parity> result;
  for (auto& both : *all) {
    auto compared = compare(both);
    if (!compared) return std::unexpected(std::move(compared.error()));
    result.push_back(std::move(*compared));
  }
  compared_ = true;
  return result;
}

outcome<type_parity> comparison::compare(const sides& both) {
  type_parity result;
  result.record_type = both.record_type;
  auto chunked = rows_of(both.chunked, both.fields);
  auto legacy = rows_of(both.legacy, both.fields);
  for (auto [count, rows] :
       {std::pair{&result.chunked_rows, &chunked}, std::pair{&result.legacy_rows, &legacy}}) {
    auto counted = db_.each(fmt::format("SELECT count(*) FROM ({})", *rows),
                            [count](row& r) { *count = r.integer<std::uint64_t>(); });
    if (!counted) return std::unexpected(std::move(counted.error()));
  }
  // The pass before is what is looked at again.
  auto shifted = db_.run("UPDATE differing SET pass = pass - 1 WHERE record_type = ?", both.record_type);
  if (!shifted) return std::unexpected(std::move(shifted.error()));
  auto second_key = both.keys.size() == 2 ? "x." + both.keys[1] : std::string{"0"};
  auto among = compared_
                   ? fmt::format(" WHERE EXISTS (SELECT 1 FROM temp.differing d WHERE d.record_type = ?1 AND "
                                 "d.k1 = x.{} AND d.k2 = {} AND d.pass = 0)",
                                 both.keys[0], second_key)
                   : std::string{" WHERE ?1 IS NOT NULL"};
  auto put =
      db_.run(fmt::format("INSERT INTO temp.differing SELECT DISTINCT ?1, x.{0}, {1}, 1 FROM ("
                          "SELECT * FROM ({2} EXCEPT {3}) UNION ALL SELECT * FROM ({3} EXCEPT {2})) x{4}",
                          both.keys[0], second_key, chunked, legacy, among),
              both.record_type);
  if (!put) return std::unexpected(std::move(put.error()));
  auto old = db_.run("DELETE FROM differing WHERE record_type = ? AND pass < 1", both.record_type);
  if (!old) return std::unexpected(std::move(old.error()));
  result.differences = static_cast<std::uint64_t>(*put);
  if (result.differences == 0) return result;
  auto examples = describe(both);
  if (!examples) return std::unexpected(std::move(examples.error()));
  result.examples = std::move(*examples);
  return result;
}

outcome<std::vector<std::string>> comparison::describe(const sides& both) {
  auto keys = db_.all(
      "SELECT k1, k2 FROM differing WHERE record_type = ? ORDER BY k1, k2 LIMIT ?",
      [](row& r) {
        auto first = r.integer();
        return std::pair{first, r.integer()};
      },
      both.record_type, most_examples);
  if (!keys) return std::unexpected(std::move(keys.error()));
  bool set = both.keys.size() == 2;
  auto where = fmt::format(" AND {} = ?1 AND {} = ?2", both.keys[0], set ? both.keys[1] : "0");
  std::vector<std::string> values;
  for (auto& field : both.fields) values.push_back(fmt::format("quote({})", field));
  using row_values = std::optional<std::vector<std::string>>;
  auto read = [&](const std::string& table, auto& key) -> outcome<row_values> {
    if (table.empty()) return row_values{};
    return db_.first(
        rows_of(table, values) + where,
        [&](row& r) {
          std::vector<std::string> found;
          for (std::size_t i = 0; i < values.size(); ++i) found.push_back(r.text());
          return found;
        },
        key.first, key.second);
  };
  std::vector<std::string> sentences;
  for (auto& key : *keys) {
    auto chunked = read(both.chunked, key);
    if (!chunked) return std::unexpected(std::move(chunked.error()));
    auto legacy = read(both.legacy, key);
    if (!legacy) return std::unexpected(std::move(legacy.error()));
    auto name = set ? fmt::format("{} {}/{}", both.record_type, key.first, key.second)
                    : fmt::format("{} {}", both.record_type, key.first);
    if (!*chunked || !*legacy) {
      sentences.push_back(fmt::format("{} is not in the {} table", name, *chunked ? "legacy" : "chunked"));
      continue;
    }
    for (std::size_t i = 0; i < values.size(); ++i)
      if ((**chunked)[i] != (**legacy)[i])
        sentences.push_back(fmt::format("{}: {} is {} in the chunked table, {} in the legacy one", name,
                                        both.fields[i], (**chunked)[i], (**legacy)[i]));
  }
  return sentences;
}

} // namespace tidemark::sqlite
