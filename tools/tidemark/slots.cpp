#include "tools/tidemark/slots.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::cli {

const pool_status* pool_of(const std::vector<pool_status>& pools, const std::string& tenant) {
  for (auto& pool : pools)
    if (std::ranges::find(pool.logins, tenant, &login_status::tenant) != pool.logins.end()) return &pool;
  return pools.size() == 1 ? &pools.front() : nullptr;
}

span slots_words(const pool_status& pool) {
  if (pool.outage) return {"account is down: " + printable(pool.outage_reason), tone::bad};
  auto text = fmt::format("slots {} of {}", pool.in_use, pool.effective);
  auto most = pool.limit - std::min(pool.limit, pool.reserve);
  if (pool.effective < most) text += fmt::format(" ({} when NetSuite has room)", most);
  if (pool.waiting > 0) text += fmt::format(", {} waiting", count_text(pool.waiting));
  return {text, tone::plain};
}

span slots_words(const std::vector<pool_status>& pools) {
  if (pools.empty()) return {};
  if (pools.size() == 1) return slots_words(pools.front());
  std::uint64_t in_use = 0, effective = 0, waiting = 0, down = 0;
  for (auto& pool : pools) {
    in_use += pool.in_use;
    effective += pool.effective;
    waiting += pool.waiting;
    down += pool.outage ? 1 : 0;
  }
  auto text = fmt::format("slots {} of {} in {} accounts", in_use, effective, pools.size());
  if (waiting > 0) text += fmt::format(", {} waiting", count_text(waiting));
  if (down > 0) text += fmt::format(", {} down", counted(down, "account"));
  return {text, down > 0 ? tone::bad : tone::plain};
}

} // namespace tidemark::cli
