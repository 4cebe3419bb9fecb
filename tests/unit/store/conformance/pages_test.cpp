#include "conformance/fixture.hpp"

#include <set>

#include <fmt/format.h>

namespace pages_test {

using namespace tidemark;
using namespace tidemark::test;

TEST_SUITE_BEGIN("tenant store: pages");

/// Records that are kept aside, with raw values of so many bytes.
void reject_many(store_fixture& it, int count, std::size_t bytes) {
  auto set = page({"id", "name"}, {});
  for (int i = 1; i <= count; ++i)
    set->reject({std::to_string(i), "its date is not a date", std::string(bytes, 'x')});
  it.import_batch(it.start(), "customer", {std::nullopt, count}, {set});
}

/// All that comes, page after page, and the number of pages.
template <class Row, class Place, class Ask>
std::pair<std::vector<Row>, int> all_pages(Ask ask) {
  std::pair<std::vector<Row>, int> result;
  Place after{};
  do {
    auto next = ask(after);
    REQUIRE((next.next == Place{} || !next.rows.empty()));
    for (auto& row : next.rows) result.first.push_back(std::move(row));
    after = next.next;
    ++result.second;
  } while (after != Place{});
  return result;
}

TEST_CASE_FIXTURE(store_fixture, "rejected records come in pages, each once and in order") {
  reject_many(*this, 2500, 10);
  auto [records, pages] = all_pages<kept_record, std::uint64_t>(
      [&](auto after) { return must(reader()->rejected_records("", after, 100'000)); });
  CHECK(pages == 3);
  REQUIRE(records.size() == 2500);
  for (std::size_t i = 0; i < records.size(); ++i) REQUIRE(records[i].record.key == std::to_string(i + 1));
}

TEST_CASE_FIXTURE(store_fixture, "a page is no larger than it may be, however large its records are") {
  reject_many(*this, 20, 300'000);
  auto [records, pages] = all_pages<kept_record, std::uint64_t>([&](auto after) {
    auto next = must(reader()->rejected_records("customer", after, 100'000));
    std::size_t bytes = 0;
    for (auto& x : next.rows) bytes += x.record.raw.size();
    CHECK(bytes <= most_page_bytes);
    return next;
  });
  CHECK(pages == 7);
  CHECK(records.size() == 20);
}

TEST_CASE_FIXTURE(store_fixture,
                  "of a record that is larger than a page the beginning is given, and said so") {
  auto set = page({"id", "name"}, {});
  // The cut falls into the middle of a character.
  std::string raw(most_page_bytes - 1, 'x');
  for (int i = 0; i < 1000; ++i) raw += "\xe2\x82\xac";
  set->reject({"1", "too large", raw});
  set->reject({"2", "bad", "{}"});
  import_batch(start(), "customer", {std::nullopt, 10}, {set});
  auto first = must(reader()->rejected_records("", 0, 10));
  REQUIRE(first.rows.size() == 1);
  auto& given = first.rows[0].record.raw;
  CHECK(given.starts_with(std::string(most_page_bytes - 1, 'x') + "... (1051575 bytes in all"));
  CHECK(must(reader()->rejected_records("", first.next, 10)).rows.at(0).record.key == "2");
}

TEST_CASE_FIXTURE(store_fixture, "a limit ends a page, and the last page has no next") {
  reject_many(*this, 10, 10);
  auto first = must(reader()->rejected_records("", 0, 4));
  CHECK(first.rows.size() == 4);
  auto second = must(reader()->rejected_records("", first.next, 6));
  CHECK(second.rows.size() == 6);
  CHECK(second.next == 0);
}

TEST_CASE_FIXTURE(store_fixture, "batches come in pages, by type and state, with the number that is left") {
  auto import = start();
  for (int i = 0; i < 1500; ++i) plan(import, "customer", {i * 10, i * 10 + 10});
  plan(import, "transactionline", {0, 10});
  auto first = must(reader()->batches(import, {}, 0, 100'000));
  CHECK(first.rows.size() == 1000);
  CHECK(first.left_off == 501);
  auto rest = must(reader()->batches(import, {}, first.next, 100'000));
  CHECK(rest.rows.size() == 501);
  CHECK(rest.rows.front().number == 1001);
  CHECK(rest.next == 0);
  CHECK(rest.left_off == 0);
  CHECK(must(reader()->batches(import, {"transactionline", {}}, 0, 10)).rows.size() == 1);
  CHECK(must(reader()->batches(import, {"customer", batch_state::failed}, 0, 10)).rows.empty());
  CHECK(must(reader()->batches(import, {"customer", batch_state::pending}, 0, 10)).left_off == 1490);
  CHECK(code_of(reader()->batches("acme.no", {}, 0, 10)) == ec::unknown_import);
}

TEST_CASE_FIXTURE(store_fixture, "errors of the same moment come in pages, each once, and are counted once") {
  reject_many(*this, 2300, 10);
  auto import = start();
  auto type = type_of("customer", type_state::failed);
  type.error = "too many rejects";
  must(store->finish_type(import, type));
  must(store->set_import_state(import, {import_state::failed, "record type customer failed"}));
  std::set<std::string> seen;
  std::string after;
  int pages = 0;
  do {
    auto report = must(reader()->errors("", after, 100'000));
    CHECK(report.counts.empty() == (pages > 0));
    for (auto& x : report.last) CHECK(seen.insert(x.category + x.text).second);
    after = report.next;
    ++pages;
  } while (!after.empty());
  CHECK(pages == 3);
  CHECK(seen.size() == 2302);
}

TEST_SUITE_END();

} // namespace pages_test
