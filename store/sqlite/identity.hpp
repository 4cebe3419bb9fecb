/// Whether a file is the database that was taken over under its name.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace tidemark::sqlite {

/// Of a row of fence, since, writes.
ownership read_ownership(row& r);

/// How often owners have written the database, as far as that is in the file itself, and not in its log.
outcome<std::uint64_t> writes_in_file(const std::string& path);

/// Whether the file at this path is the database that was taken so, with all that was written into it since.
outcome<void> check_identity(const std::string& path, const ownership& mine,
                             std::chrono::milliseconds lock_patience);

/// Whether the file at this path may be the database that was once taken so, by whomever it is owned now.
outcome<void> check_not_older(const std::string& path, const ownership& known,
                              std::chrono::milliseconds lock_patience);
/// The same of an open one.
outcome<void> check_not_older(connection& db, const ownership& known);

} // namespace tidemark::sqlite
