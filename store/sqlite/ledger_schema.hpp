/// The tables of the ledger as SQL.
#pragma once

#include <span>
#include <string_view>

namespace tidemark::sqlite {

/// One step per version, oldest first. A step that was released is never changed; a new one is appended.
/// The comments stay in the database: `.schema` in the sqlite3 shell shows them.
std::span<const std::string_view> ledger_steps() noexcept;

} // namespace tidemark::sqlite
