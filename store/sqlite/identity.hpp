/// Whether a file is the database that was taken over under its name.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::sqlite {

/// Changes with whatever is written into a file, or put in its place.
struct file_stamp {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  std::int64_t bytes = 0;
  std::int64_t changed_s = 0;
  std::int64_t changed_ns = 0;

  friend bool operator==(const file_stamp&, const file_stamp&) = default;
};

/// Of a file that is missing: nothing.
std::optional<file_stamp> stamp_of(const std::string& path);

/// Selects the row that `read_ownership` reads.
inline constexpr std::string_view owner_sql = "SELECT database, fence, since, writes FROM owner";
ownership read_ownership(row& r);
/// The node that an open database names.
outcome<std::string> read_owner_name(connection& db);
/// What a former owner is told: that the one whom the database names has taken it over.
failure taken_by_owner(connection& db);

/// What a file holds that has all that this owner has written.
owner_in_file as_in_file(const ownership& x);

/// Of the file itself, without its log. One that is no database of tidemark's names no owner.
/// `ec::store_unavailable`, also for one that keeps no log and lies under one; `ec::store_defect` if it is
/// damaged.
outcome<owner_in_file> read_owner_in_file(const std::string& path);

bool is_damaged(const failure& what) noexcept;

/// Whether this is the file of the database that was known so, and not one that was put under its log.
/// `at_most`: that its log may have been written back up to this one of the owner's writes.
bool is_file_of(const owner_in_file& found, const ownership& known, std::uint64_t at_most) noexcept;

/// Whether the log beside the file at this path, if there is one, belongs to that file: to be asked before
/// SQLite opens both, since it would write that log into this file, whatever it is. Nothing of an earlier
/// process needs to be known for that. `ec::store_unavailable` if not.
outcome<void> check_log(const std::string& path);

/// Of an owner after the known one.
bool is_later(const owner_in_file& found, const ownership& known) noexcept;

/// Whether the file at this path is the database that was taken so, with all that was written into it since.
/// `ec::fenced` if another owner has taken it by now.
outcome<void> check_identity(const std::string& path, const ownership& mine,
                             std::chrono::milliseconds lock_patience);

/// Whether the file at this path may be the database that was once taken so, by whomever it is owned now.
outcome<void> check_not_older(const std::string& path, const ownership& known,
                              std::chrono::milliseconds lock_patience);
/// The same of an open one, which somebody may be writing.
outcome<void> check_not_older(connection& db, const ownership& known);

} // namespace tidemark::sqlite
