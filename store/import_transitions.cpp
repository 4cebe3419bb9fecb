#include "store/import_transitions.hpp"

namespace tidemark {

bool legal(import_state from, import_state to) noexcept {
  using enum import_state;
  if (is_final(from)) return false;
  if (from == to) return true;
  switch (from) {
  case queued: return to == planning || to == running || to == paused || to == cancelling || to == failed;
  case planning: return to != queued && to != cancelled;
  case running: return to != queued && to != planning && to != cancelled;
  case paused: return to == queued || to == planning || to == running || to == cancelling || to == failed;
  case cancelling: return to == cancelled;
  default: return false;
  }
}

bool accepts_batches(import_state state) noexcept {
  return state == import_state::planning || state == import_state::running;
}

bool accepts_plans(import_state state) noexcept {
  return !is_final(state) && state != import_state::cancelling;
}

} // namespace tidemark
