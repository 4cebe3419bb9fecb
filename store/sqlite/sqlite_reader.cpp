#include "store/sqlite/sqlite_reader.hpp"

#include "messages/store_words.hpp"
#include "store/sqlite/batches.hpp"
#include "store/sqlite/errors.hpp"
#include "store/sqlite/failures.hpp"
#include "store/sqlite/identity.hpp"
#include "store/sqlite/import_views.hpp"
#include "store/sqlite/imports.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/tenant_rows.hpp"

#include <utility>

namespace tidemark::sqlite {

outcome<std::unique_ptr<ledger_reader>> sqlite_reader::open(const std::string& path,
                                                            std::chrono::milliseconds lock_patience,
                                                            const std::optional<ownership>& known) {
  auto db = connection::open_to_read(path, lock_patience);
  if (!db) return std::unexpected(std::move(db.error()));
  auto current = check_current(*db, ledger_schema());
  if (!current && known && current.error().native_code == store_words::foreign)
    return std::unexpected(replaced(path));
  // What makes no sense may be a file under the log of another.
  bool is_damaged = !current && current.error().native_code == store_words::damaged;
  if (known && (current || is_damaged))
    if (auto right = check_not_older(*db, *known); !right) current = std::move(right);
  if (!current) return std::unexpected(std::move(current.error()));
  return std::unique_ptr<ledger_reader>{new sqlite_reader(std::move(*db))};
}

template <class Body>
auto sqlite_reader::read(Body&& body) -> std::invoke_result_t<Body> {
  auto tx = transaction::begin(db_, transaction::purpose::reading);
  if (!tx) return std::unexpected(std::move(tx.error()));
  return body();
}

outcome<ledger_snapshot> sqlite_reader::load_import(std::string_view import_id) {
  return read([&] { return read_snapshot(db_, import_id); });
}

outcome<list_page<import_summary, import_place>> sqlite_reader::imports(const import_place& after,
                                                                        std::size_t limit) {
  return read([&] { return list_summaries(db_, after, limit); });
}

outcome<batch_page> sqlite_reader::batches(std::string_view import_id, const batch_filter& which,
                                           std::uint64_t after, std::size_t limit) {
  return read([&]() -> outcome<batch_page> {
    auto head = find_import(db_, import_id);
    if (!head) return std::unexpected(std::move(head.error()));
    return list_batches(db_, head->number, which, after, limit);
  });
}

outcome<list_page<kept_record, std::uint64_t>>
sqlite_reader::rejected_records(std::string_view record_type, std::uint64_t after, std::size_t limit) {
  return read([&] { return sqlite::rejected_records(db_, record_type, after, limit); });
}

outcome<error_report> sqlite_reader::errors(std::string_view import_id, std::string_view after,
                                            std::size_t limit) {
  return read([&]() -> outcome<error_report> {
    if (!import_id.empty())
      if (auto head = find_import(db_, import_id); !head) return std::unexpected(std::move(head.error()));
    return sqlite::errors(db_, import_id, after, limit);
  });
}

} // namespace tidemark::sqlite
