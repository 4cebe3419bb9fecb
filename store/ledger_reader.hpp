/// What people ask of a tenant's ledger, read beside its one writer.
#pragma once

#include "messages/alerts.hpp"
#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "messages/words.hpp"
#include "store/page.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

struct batch_page : list_page<batch_row, std::uint64_t> {
  std::uint64_t left_off = 0; ///< so many more match
};

/// Which batches of an import are wanted.
struct batch_filter {
  std::string_view record_type = {}; ///< empty: of all
  std::optional<batch_state> state = {};
};

/// Every function blocks, must be called from one thread at a time, and answers from one state of the
/// database. None writes anything, or waits for the writer.
///
/// Every function may fail with
/// - `ec::store_unavailable`: the file is missing, locked or cannot be read. Waiting may help.
/// - `ec::store_defect`: damaged, or changed by somebody else. Waiting does not help.
///
/// Functions that take an import's id fail with `ec::unknown_import` if the ledger does not have it.
class ledger_reader {
public:
  ledger_reader() = default;
  ledger_reader(const ledger_reader&) = delete;
  ledger_reader& operator=(const ledger_reader&) = delete;
  virtual ~ledger_reader() = default;

  virtual outcome<ledger_snapshot> load_import(std::string_view import_id) = 0;

  /// Newest first: those behind `after`, or all if that is nowhere.
  virtual outcome<list_page<import_summary, import_place>> imports(const import_place& after,
                                                                   std::size_t limit) = 0;

  /// In the order of their numbers: those behind `after`.
  virtual outcome<batch_page> batches(std::string_view import_id, const batch_filter& which,
                                      std::uint64_t after, std::size_t limit) = 0;

  /// The records that wait to be fetched again, oldest first: of one type, or of all if `record_type` is
  /// empty. `after` is the `next` of another page. Of a raw value of more than a page only the beginning is
  /// given, with a remark.
  virtual outcome<list_page<kept_record, std::uint64_t>>
  rejected_records(std::string_view record_type, std::uint64_t after, std::size_t limit) = 0;

  /// Everything that went wrong in an import, or in all for an empty id: failed attempts, rejected records
  /// that still wait, failed record types and imports. All are counted, the last `limit` of them given, from
  /// `after` on if that is not empty; then nothing is counted.
  virtual outcome<error_report> errors(std::string_view import_id, std::string_view after,
                                       std::size_t limit) = 0;
};

/// Opens a tenant's database (`url` as for `open_tenant_store`) for reading. Never makes or changes one:
/// `ec::store_unavailable` if the file is missing, or of an older version that its writer has yet to bring to
/// this one; `ec::store_defect` for a file that is not tidemark's or of a newer version. `lock_patience` is
/// how long a function waits for somebody who locks out readers too.
/// One that is older than `known` is refused, as is any other file in its place.
outcome<std::unique_ptr<ledger_reader>> open_ledger_reader(std::string_view url,
                                                           std::chrono::milliseconds lock_patience,
                                                           const std::optional<ownership>& known = {});

} // namespace tidemark
