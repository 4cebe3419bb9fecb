/// Bringing back what failed of an import. Runs inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <string_view>

namespace tidemark::sqlite {

/// See `tenant_store::retry`.
outcome<retried> retry(connection& db, std::string_view import_id, std::uint64_t batch);

} // namespace tidemark::sqlite
