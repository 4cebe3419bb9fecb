#include "actors/wave/batch_life_cycle.hpp"

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

std::chrono::milliseconds first_delay_of(ec code, const retry_options& options) noexcept {
  switch (code) {
  case ec::transport:
  case ec::timeout: return options.first_delay / 2;
  case ec::maintenance: return options.first_delay * 15;
  default: return options.first_delay;
  }
}

std::chrono::milliseconds retry_delay(ec code, std::uint32_t attempts,
                                      const retry_options& options) noexcept {
  auto doublings = std::min(std::max(attempts, 1U) - 1, 20U);
  return std::min<std::chrono::milliseconds>(first_delay_of(code, options) * (1LL << doublings),
                                             options.longest_delay);
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
  row_.unchanged = stored.unchanged;
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

bool batch_life_cycle::may_try_again(ec code) const noexcept {
  return is_worth_retrying(code) && attempts() + 1 < options_.max_attempts;
}

bool batch_life_cycle::fail_attempt(const failure& what, std::string operation_id, std::uint32_t refusals,
                                    time_point now, double jitter, fate then) {
  bool last = then == fate::for_good || (then == fate::by_attempts && !may_try_again(what.code));
  if (!end_pick_up(last ? batch_state::failed : batch_state::pending, refusals)) return false;
  ++row_.counters.failed_attempts;
  keep(what, std::move(operation_id));
  if (!last && then == fate::by_attempts) {
    auto delay = retry_delay(what.code, attempts(), options_);
    not_before_ = now + delay / 2 + std::chrono::duration_cast<std::chrono::milliseconds>(delay * jitter / 2);
  }
  return true;
}

bool batch_life_cycle::split(const failure& what, std::string operation_id, std::uint32_t refusals) {
  if (!end_pick_up(batch_state::split, refusals)) return false;
  ++row_.counters.split;
  keep(what, std::move(operation_id));
  return true;
}

void batch_life_cycle::keep(const failure& what, std::string operation_id) {
  row_.error_code = to_string(what.code);
  row_.error_text = what.message;
  row_.native_code = what.native_code;
  row_.operation_id = std::move(operation_id);
}

bool batch_life_cycle::cancel() {
  if (row_.state != batch_state::pending) return false;
  row_.state = batch_state::cancelled;
  return true;
}

} // namespace tidemark
