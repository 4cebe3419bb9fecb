/// What SQLite's result codes mean to tidemark.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "messages/store_words.hpp"

#include <string>
#include <string_view>

namespace tidemark::sqlite {

/// Whether this (extended) result code is about the one record that was written, and not about the database.
bool is_about_the_record(int code) noexcept;

/// The failure behind a result code; its native code is one of `store_words`. `detail` is SQLite's own text.
failure describe(int code, const std::string& path, std::string_view detail);

/// The file of a database is not where it was when it was opened.
failure moved_away(const std::string& path);
/// An empty file stands in its place, and its log still lies beside it.
failure emptied(const std::string& path, const std::string& log);
failure replaced(const std::string& path);
failure older_copy(const std::string& path);
/// What was put in its place lies under the log of the one that was there: an older copy of that, or another
/// file.
failure not_of_its_log(const std::string& path, bool is_older);
failure not_of_its_log(const std::string& path, const owner_in_file& found, const ownership& known);
failure other_account(const std::string& path, const std::string& holds, const std::string& wanted);
failure other_tenant(const std::string& path, const std::string& holds, const std::string& wanted);
/// Somebody else owns the database by now: `ec::fenced`.
failure taken_by_other(const std::string& path, std::string_view node);

} // namespace tidemark::sqlite
