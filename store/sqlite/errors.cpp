#include "store/sqlite/errors.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "store/page.hpp"

namespace tidemark::sqlite {

namespace {

/// Every error of the import ?1 (of all, if that is empty), in columns of the same names. `source` and `item`
/// tell apart what is of one import and one moment.
constexpr std::string_view all_errors = R"sql(
  SELECT a.at AS at, i.id AS import, b.record_type AS record_type, a.batch AS batch, a.category AS category,
         iif(a.code = a.category, '', a.code) AS code, a.text AS text, a.operation_id AS operation_id,
         1 AS source, a.number AS item
  FROM imports i JOIN batch_attempts a ON a.import_number = i.number
       JOIN batches b ON b.import_number = i.number AND b.number = a.batch
  WHERE ?1 = '' OR i.id = ?1
  UNION ALL
  SELECT at, import_id, record_type, batch, 'rejected_record', '',
         iif(key = '', 'a record without a key: ', 'record ' || key || ': ') || reason, '', 2, number
  FROM rejected_records WHERE ?1 = '' OR import_id = ?1
  UNION ALL
  SELECT at, import_id, record_type, batch, 'value_kept_aside', '', 'record ' || key || ': ' || reason, '', 5,
         number
  FROM kept_values WHERE ?1 = '' OR import_id = ?1
  UNION ALL
  SELECT t.finished_at, i.id, t.name, 0, 'type_failed', '', t.error, '', 3, t.name
  FROM imports i JOIN import_types t ON t.import_number = i.number
  WHERE t.state = 'failed' AND (?1 = '' OR i.id = ?1)
  UNION ALL
  SELECT finished_at, id, record_type, 0, 'import_failed', '', error, '', 4, ''
  FROM imports WHERE state = 'failed' AND (?1 = '' OR id = ?1)
)sql";

const auto counted = fmt::format("SELECT record_type, category, code, count(*), max(at) FROM ({}) "
                                 "GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3",
                                 all_errors);
/// Ordered by a text in which each error has a place of its own, so that a page can go on behind it.
const auto newest = fmt::format(
    "SELECT at, import, record_type, batch, category, code, text, operation_id, place FROM (SELECT *, "
    "coalesce(at, '') || ' ' || import || printf(' %020d %d ', batch, source) "
    "|| iif(typeof(item) = 'integer', printf('%020d', item), item) AS place FROM ({})) "
    "WHERE ?2 = '' OR place < ?2 ORDER BY place DESC LIMIT ?3",
    all_errors);

error_count to_count(row& r) {
  error_count x;
  x.record_type = r.text();
  x.category = r.text();
  x.code = r.text();
  x.count = r.integer<std::uint64_t>();
  x.last_at = r.time();
  return x;
}

error_entry to_entry(row& r) {
  error_entry x;
  x.at = r.time();
  x.import_id = r.text();
  x.record_type = r.text();
  x.batch = r.integer<std::uint64_t>();
  x.category = r.text();
  x.code = r.text();
  x.text = r.text();
  x.operation_id = r.text();
  return x;
}

} // namespace

outcome<error_report> errors(connection& db, std::string_view import_id, std::string_view after,
                             std::size_t limit) {
  error_report report;
  report.import_id = import_id;
  if (after.empty()) {
    auto counts = db.all(counted, to_count, import_id);
    if (!counts) return std::unexpected(std::move(counts.error()));
    report.counts = std::move(*counts);
  }
  list_page<error_entry, std::string> page;
  page_filler filler{page, limit};
  auto read = db.each(
      newest,
      [&](row& r) {
        auto entry = to_entry(r);
        auto bytes = entry.text.size();
        return filler.add(std::move(entry), r.text(), bytes);
      },
      import_id, after, std::min(limit, most_page_rows) + 1);
  if (!read) return std::unexpected(std::move(read.error()));
  report.last = std::move(page.rows);
  report.next = std::move(page.next);
  return report;
}

outcome<std::vector<past_import>> past_imports(connection& db, std::string_view record_type, import_mode mode,
                                               std::size_t limit) {
  struct ended {
    std::int64_t number = 0;
    past_import past;
  };
  auto found = db.all(
      "SELECT number, started_at, finished_at FROM imports WHERE record_type = ? AND mode = ? AND state IN "
      "('completed', 'completed_with_errors') AND started_at IS NOT NULL ORDER BY number DESC LIMIT ?",
      [](row& r) {
        ended x;
        x.number = r.integer();
        auto started_at = r.time();
        x.past.duration = r.time() - started_at;
        return x;
      },
      record_type, to_string(mode), limit);
  if (!found) return std::unexpected(std::move(found.error()));
  std::vector<past_import> result;
  for (auto& import : *found) {
    auto records = db.first(
        "SELECT total(stored) FROM batches WHERE import_number = ?",
        [](row& r) { return r.integer<std::uint64_t>(); }, import.number);
    if (!records) return std::unexpected(std::move(records.error()));
    import.past.records = records->value_or(0);
    result.push_back(import.past);
  }
  return result;
}

} // namespace tidemark::sqlite
