#include "tools/netsuite_sim/truth.hpp"

#include "tests/unit/netsuite_sim/support.hpp"
#include "tools/netsuite_sim/faults.hpp"
#include "tools/netsuite_sim/mutations.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <unistd.h>
namespace truth_test {

using namespace tidemark::netsuite_sim;
using namespace tidemark::netsuite_sim::test;

/// A file that goes away with the test.
struct scratch_file {
  std::string path =
      std::filesystem::temp_directory_path() / ("netsuite_sim_truth_" + std::to_string(::getpid()) + ".db");
  ~scratch_file() { std::filesystem::remove(path); }
};

/// A SuiteQL value in the canonical form of the export.
nlohmann::json canonical(const column& c, const nlohmann::json& item) {
  auto found = item.find(c.name);
  if (found == item.end()) return nullptr;
  auto text = found->get<std::string>();
  if (c.kind == column_kind::boolean) return text == "T" ? 1 : 0;
  if (c.kind == column_kind::integer || c.kind == column_kind::reference) return std::stoll(text);
  return text;
}

nlohmann::json read_column(sqlite3_stmt* row, int index) {
  switch (sqlite3_column_type(row, index)) {
  case SQLITE_NULL: return nullptr;
  case SQLITE_INTEGER: return sqlite3_column_int64(row, index);
  default: return reinterpret_cast<const char*>(sqlite3_column_text(row, index));
  }
}

TEST_CASE("what SuiteQL sends is the truth, in every column of every table, after changes too") {
  account sim;
  dice chance(9);
  for (const auto& t : sim.data.tables())
    for (auto i = 0; i < 50; ++i) mutate_at_random(sim.data, t, chance.roll(), noon);
  scratch_file file;
  auto written = export_truth(sim.data, file.path, {});
  REQUIRE(written);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(file.path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  for (const auto& t : sim.data.tables()) {
    std::string order;
    for (auto key : t.key_columns()) order += (order.empty() ? "\"" : ", \"") + std::string(key) + "\"";
    sqlite3_stmt* rows = nullptr;
    REQUIRE(sqlite3_prepare_v2(db, ("SELECT * FROM \"" + t.name + "\" ORDER BY " + order).c_str(), -1, &rows,
                               nullptr)
            == SQLITE_OK);
    std::int64_t count = 0;
    for (auto offset = 0; offset == count; offset += 1000)
      for (const auto& item : sim.items(select_all(t), 1000, offset)) {
        REQUIRE(sqlite3_step(rows) == SQLITE_ROW);
        for (std::size_t i = 0; i < t.columns.size(); ++i)
          REQUIRE(canonical(t.columns[i], item) == read_column(rows, static_cast<int>(i)));
        ++count;
      }
    CHECK(sqlite3_step(rows) == SQLITE_DONE);
    CHECK((*written)[t.name] == count);
    sqlite3_finalize(rows);
  }
  sqlite3_close(db);
}

TEST_CASE("an export tells which rows the role does not see, and has them all the same") {
  account sim;
  auto options = sim.data.options();
  options.visible_percent = 30;
  options.visible_table = "customer";
  sim.data.reconfigure(options);
  scratch_file file;
  auto written = export_truth(sim.data, file.path, {"customer", "vendor"});
  REQUIRE(written);
  CHECK((*written)["customer"] == sim.data.count(*sim.data.find_table("customer"), {}));
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(file.path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* hidden = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "SELECT \"table\", id, line FROM _hidden", -1, &hidden, nullptr)
          == SQLITE_OK);
  std::int64_t count = 0;
  for (; sqlite3_step(hidden) == SQLITE_ROW; ++count) {
    REQUIRE(read_column(hidden, 0) == "customer");
    REQUIRE_FALSE(sim.data.shows(*sim.data.find_table("customer"),
                                 {sqlite3_column_int64(hidden, 1), sqlite3_column_int64(hidden, 2)}));
  }
  sqlite3_finalize(hidden);
  sqlite3_close(db);
  CHECK(count > (*written)["customer"] / 2);
  CHECK(count < (*written)["customer"]);
}

TEST_CASE("an export of an unknown table or to a place that cannot be written is refused") {
  account sim;
  CHECK_FALSE(export_truth(sim.data, "/nonexistent/folder/truth.db", {}));
  scratch_file file;
  CHECK_FALSE(export_truth(sim.data, file.path, {"nothing"}));
}

} // namespace truth_test
