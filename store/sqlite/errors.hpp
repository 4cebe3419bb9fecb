/// What went wrong, read back from the ledger, and how earlier imports went.
#pragma once

#include "messages/alerts.hpp"
#include "store/sqlite/connection.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// Of one import, or of all for an empty id; see `ledger_reader::errors`.
outcome<error_report> errors(connection& db, std::string_view import_id, std::string_view after,
                             std::size_t limit);

outcome<std::vector<past_import>> past_imports(connection& db, std::string_view record_type, import_mode mode,
                                               std::size_t limit);

} // namespace tidemark::sqlite
