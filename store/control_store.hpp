/// The control database of a node: feature flags, schedules and the audit.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "messages/control.hpp"
#include "messages/error.hpp"
#include "store/page.hpp"

namespace tidemark {

/// Every function blocks and must be called from one thread at a time; each writes in one transaction and
/// leaves the store usable if it fails. Other programs may read and write the database at the same time.
///
/// Every function may fail with `ec::store_unavailable` (locked, moved away, disk full; waiting may help) or
/// `ec::store_defect` (damaged, or changed so that tidemark does not understand it).
class control_store {
public:
  control_store() = default;
  control_store(const control_store&) = delete;
  control_store& operator=(const control_store&) = delete;
  virtual ~control_store() = default;

  /// By name, whatever stands in them; `problem` is not filled in.
  virtual outcome<std::vector<flag_record>> flags() = 0;

  /// Replaces a record, or makes one, by what `change` makes of the present one. If `change` refuses, so does
  /// this. Times are written as the reference's SQL writes them.
  virtual outcome<flag_record>
  change_flag(std::string_view name, unix_ms at,
              const std::function<outcome<flag_record>(const std::optional<flag_record>&)>& change) = 0;

  /// The record as it was. `ec::bad_request` if there is none of this name.
  virtual outcome<flag_record> remove_flag(std::string_view name) = 0;

  /// By name.
  virtual outcome<std::vector<schedule>> schedules() = 0;
  /// `ec::conflict` if there is one of this name.
  virtual outcome<void> add_schedule(const schedule& what) = 0;
  /// `ec::bad_request` if there is none of this name.
  virtual outcome<void> save_schedule(const schedule& what) = 0;
  virtual outcome<void> remove_schedule(std::string_view name) = 0;

  /// Numbers the entry.
  virtual outcome<void> add_audit(const audit_entry& entry) = 0;
  /// Newest first; of all tenants and of the node if `tenant` is empty. `after` is the `next` of another
  /// page.
  virtual outcome<list_page<audit_entry, std::uint64_t>> audit(std::string_view tenant, std::uint64_t after,
                                                               std::size_t limit) = 0;
  /// Removes the entries of before this time and returns how many they were.
  virtual outcome<std::uint64_t> prune_audit(unix_ms older_than) = 0;

  /// Writes something that changes nothing.
  virtual outcome<void> check_writable() = 0;

  /// Reads all of the file, and of every table something: `ec::store_defect` if any of it cannot be.
  virtual outcome<void> check_whole() = 0;
};

struct control_options {
  /// How long a write waits for another program's lock. It delays commands meanwhile.
  std::chrono::milliseconds lock_patience{2000};
  /// Make the file if it is missing, or fill one that is empty. Not wanted of one that was there a moment
  /// ago: a file that was moved away must not come back empty.
  bool create = true;
  /// Once it is asked for, nothing waits for a lock any more.
  std::stop_token hurry = {};
};

/// Opens the control database in this SQLite file and brings it to this version. `ec::store_defect` for a
/// file that is not a control database or of a newer version.
outcome<std::unique_ptr<control_store>> open_control_store(const std::string& path,
                                                           const control_options& options = {});

} // namespace tidemark
