/// A tenant's SQLite file, read beside its writer.
#pragma once

#include "store/ledger_reader.hpp"
#include "store/sqlite/connection.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace tidemark::sqlite {

class sqlite_reader final : public ledger_reader {
public:
  static outcome<std::unique_ptr<ledger_reader>> open(const std::string& path,
                                                      std::chrono::milliseconds lock_patience,
                                                      const std::optional<ownership>& known);

  outcome<ledger_snapshot> load_import(std::string_view import_id) override;
  outcome<list_page<import_summary, import_place>> imports(const import_place& after,
                                                           std::size_t limit) override;
  outcome<batch_page> batches(std::string_view import_id, const batch_filter& which, std::uint64_t after,
                              std::size_t limit) override;
  outcome<list_page<kept_record, std::uint64_t>>
  rejected_records(std::string_view record_type, std::uint64_t after, std::size_t limit) override;
  outcome<error_report> errors(std::string_view import_id, std::string_view after,
                               std::size_t limit) override;

private:
  explicit sqlite_reader(connection db) : db_(std::move(db)) {}

  /// Runs `body` on one state of the database.
  template <class Body>
  auto read(Body&& body) -> std::invoke_result_t<Body>;

  connection db_;
};

} // namespace tidemark::sqlite
