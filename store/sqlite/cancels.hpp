/// The ledger's rows of cancels. Everything here runs inside a transaction of the caller's.
#pragma once

#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark::sqlite {

outcome<std::optional<cancel_receipt>> read_receipt(connection& db, std::int64_t import);

outcome<cancel_receipt> begin_cancel(connection& db, std::string_view import_id,
                                     std::string_view requested_by, unix_ms at);
outcome<cancel_receipt> finish_cancel(connection& db, std::string_view import_id, unix_ms at);

/// `ec::conflict` if nobody has begun to cancel the import.
outcome<cancel_receipt> receipt(connection& db, std::string_view import_id);

} // namespace tidemark::sqlite
