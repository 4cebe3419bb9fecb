/// The ledger's rows of batches and their pick-ups. Everything here runs inside a transaction of the
/// caller's.
#pragma once

#include "messages/ledger.hpp"
#include "store/ledger_reader.hpp"
#include "store/sqlite/connection.hpp"
#include "store/tenant_store.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// `ec::conflict` if a number exists. The batches start as pending.
outcome<void> add_batches(connection& db, std::int64_t import, std::string_view record_type,
                          std::span<const batch_row> batches);

outcome<std::vector<batch_row>> read_batches(connection& db, std::int64_t import);
outcome<batch_page> list_batches(connection& db, std::int64_t import, const batch_filter& which,
                                 std::uint64_t after, std::size_t limit);

/// The batch as it runs in this pick-up; `ec::stale` if it does not.
outcome<batch_row> find_running(connection& db, std::int64_t import, std::uint64_t batch,
                                std::uint32_t pick_up);

outcome<std::uint32_t> pick_up(connection& db, std::int64_t import, std::uint64_t batch);
outcome<void> note_arrival(connection& db, std::int64_t import, std::uint64_t batch, std::uint32_t pick_up);
/// Counts what was stored, and completes the batch with its last part.
outcome<void> add_stored(connection& db, std::int64_t import, const batch_write& write,
                         const batch_stored& what);
outcome<void> end_pick_up(connection& db, std::int64_t import, const pick_up_end& end);

/// In the place of a record type's name.
struct every_type_t {};
inline constexpr every_type_t every_type{};

/// Running batches become pending again, interrupted. `after_death`: see `tenant_store::reset_running`.
/// Returns the unfinished ones that a death has interrupted, now or before.
outcome<std::vector<batch_deaths>> reset_running(connection& db, std::int64_t import, every_type_t,
                                                 bool after_death);
outcome<std::vector<batch_deaths>> reset_running(connection& db, std::int64_t import,
                                                 std::string_view record_type, bool after_death);
/// What an owner that died was running, in all of its unfinished imports.
outcome<void> reset_all_running(connection& db);

outcome<std::vector<attempt_row>> failed_attempts(connection& db, std::int64_t import, std::size_t limit);

/// The last key of a type's plan, or nothing if it has no batches.
outcome<std::optional<std::int64_t>> last_planned_key(connection& db, std::int64_t import,
                                                      std::string_view record_type);
/// Whether each batch of the type is completed or split.
outcome<bool> all_stored(connection& db, std::int64_t import, std::string_view record_type);

} // namespace tidemark::sqlite
