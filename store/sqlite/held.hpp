/// Deletions that an import holds, and that somebody accepts. Everything here runs inside a transaction of
/// the caller's.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "messages/words.hpp"
#include "store/open_tenant_store.hpp"
#include "store/sqlite/connection.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

struct acceptance {
  std::string_view by;
  bool removes = false; ///< records are removed, not marked
  unix_ms at = 0;
  const type_families& families;
  std::span<const type_keys> shown = {}; ///< of what is held, what the account shows
};

/// See `tenant_store::held_records`.
outcome<std::vector<type_keys>> held_records(connection& db, std::string_view import_id,
                                             std::string_view record_type);

/// See `tenant_store::accept_deletions`.
outcome<std::uint64_t> accept_deletions(connection& db, std::string_view import_id,
                                        std::string_view record_type, const acceptance& how);

} // namespace tidemark::sqlite
