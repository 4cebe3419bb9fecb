#include "actors/adaptive_limit.hpp"

#include <algorithm>

namespace tidemark {

namespace {

constexpr double cut_factor = 0.7;

std::uint32_t cut(std::uint32_t level) {
  return std::max(1U, static_cast<std::uint32_t>(static_cast<double>(level) * cut_factor));
}

} // namespace

void adaptive_limit::go_to(std::uint32_t level, phase next) {
  now_ = std::clamp(level, 1U, most_);
  phase_ = next;
  successes_ = 0;
}

void adaptive_limit::refused(time_point now, duration response_time) {
  if (now < no_cut_before_) return;
  no_cut_before_ = now + response_time;
  bool stepped_up = phase_ == phase::stepping || phase_ == phase::doubling;
  // Back to the level that was accepted a moment ago, if there is one; otherwise down.
  go_to(stepped_up ? accepted_level_ : cut(now_), phase::careful);
}

void adaptive_limit::accepted(bool fully_used) {
  if (!fully_used || phase_ == phase::open) return;
  ++successes_;
  bool climbing = phase_ != phase::careful;
  if (successes_ < (climbing ? now_ : std::max(patience, now_))) return;
  accepted_level_ = now_;
  if (now_ == most_) return go_to(most_, phase::open);
  if (climbing)
    go_to(now_ * 2, phase::doubling);
  else
    go_to(now_ + 1, phase::stepping);
}

void adaptive_limit::set_most(std::uint32_t most) {
  most_ = std::max(most, 1U);
  if (phase_ == phase::open || now_ > most_) go_to(most_, phase::open);
  accepted_level_ = std::min(accepted_level_, most_);
}

} // namespace tidemark
