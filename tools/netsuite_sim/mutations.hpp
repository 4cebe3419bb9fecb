/// Changes of the data while the simulator runs: single rows by key, and many at random.
#pragma once

#include "messages/error.hpp"
#include "tools/netsuite_sim/world.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace tidemark::netsuite_sim {

/// Applies one operation of `/admin/data` at time `now` (seconds UTC):
///
///     {"op": "insert" | "update" | "delete", "table": "customer", "id": 7, "values": {"email": null}}
///     {"op": "bulk_touch" | "bulk_insert" | "bulk_delete", "table": "customer", "rows": 100, "seed": 1,
///     "after": 0, "up_to": 5000}
///
/// Lines have "transaction" beside "id". Values are canonical: see `truth.hpp`. Bulk operations choose their
/// rows by the seed, within the ids (after, up_to] if these are given; inserts go into the gaps between ids.
/// Gives {"applied": n, "ids": [...]}.
outcome<nlohmann::json> apply_operation(world& data, const nlohmann::json& operation, std::int64_t now);

/// Touches, inserts or deletes (8 : 1 : 1) one row of the table, chosen by `chance`.
void mutate_at_random(world& data, const table& t, std::uint64_t chance, std::int64_t now);

} // namespace tidemark::netsuite_sim
