#include "actors/batch_life_cycle.hpp"

#include <algorithm>

namespace tidemark {

bool is_worth_retrying(ec code) noexcept {
  switch (code) {
  case ec::server:
  case ec::maintenance:
  case ec::timeout:
  case ec::transport:
  case ec::store_unavailable:
  case ec::internal: return true;
  default: return false;
  }
}

bool conserved(const batch_row& row) noexcept {
  auto& n = row.counters;
  auto running = row.state == batch_state::running ? 1U : 0U;
  return n.picked_up == n.completed + n.failed_attempts + n.split + n.released + n.interrupted + running;
}

bool batch_life_cycle::pick_up() {
  if (row_.state != batch_state::pending) return false;
  row_.state = batch_state::running;
  ++row_.counters.picked_up;
  return true;
}

bool batch_life_cycle::end_pick_up(batch_state next, std::uint32_t refusals) {
  if (row_.state != batch_state::running) return false;
  row_.state = next;
  row_.counters.refusals += refusals;
  return true;
}

bool batch_life_cycle::complete(const batch_stored& stored, std::uint32_t refusals) {
  if (!end_pick_up(batch_state::completed, refusals)) return false;
  ++row_.counters.completed;
  row_.stored = stored.stored;
  row_.rejected = stored.rejected;
  row_.error_code.clear();
  row_.error_text.clear();
  row_.operation_id.clear();
  return true;
}

bool batch_life_cycle::release(std::uint32_t refusals) {
  if (!end_pick_up(batch_state::pending, refusals)) return false;
  ++row_.counters.released;
  return true;
}

bool batch_life_cycle::interrupt(std::uint32_t refusals, time_point not_before) {
  if (!end_pick_up(batch_state::pending, refusals)) return false;
  ++row_.counters.interrupted;
  not_before_ = std::max(not_before_, not_before);
  return true;
}

bool batch_life_cycle::fail_attempt(const failure& what, std::string operation_id, std::uint32_t refusals,
                                    time_point now, double jitter) {
  auto attempts = row_.counters.failed_attempts + 1;
  bool last = !is_worth_retrying(what.code) || attempts >= options_.max_attempts;
  if (!end_pick_up(last ? batch_state::failed : batch_state::pending, refusals)) return false;
  row_.counters.failed_attempts = attempts;
  row_.error_code = to_string(what.code);
  row_.error_text = what.message;
  row_.operation_id = std::move(operation_id);
  if (!last) {
    auto delay = std::min<std::chrono::milliseconds>(
        options_.first_delay * (1LL << std::min(attempts - 1, 20U)), options_.longest_delay);
    not_before_ = now + delay / 2 + std::chrono::duration_cast<std::chrono::milliseconds>(delay * jitter / 2);
  }
  return true;
}

bool batch_life_cycle::cancel() {
  if (row_.state != batch_state::pending) return false;
  row_.state = batch_state::cancelled;
  return true;
}

} // namespace tidemark
