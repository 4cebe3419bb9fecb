#include "actors/pool/adaptive_limit.hpp"

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

adaptive_limit::reaction adaptive_limit::refused(time_point now, duration response_time) {
  if (now < no_cut_before_) return reaction::none;
  no_cut_before_ = now + response_time;
  // Back to the level that was accepted a moment ago, if there is one; otherwise down.
  bool stepped_up = phase_ == phase::stepping || phase_ == phase::doubling;
  go_to(stepped_up ? accepted_level_ : cut(now_), phase::careful);
  return stepped_up ? reaction::stepped : reaction::cut;
}

void adaptive_limit::accepted(std::uint32_t level) {
  if (level != now_ || phase_ == phase::open) return;
  ++successes_;
  // One answer at the new level accepts a step by one: it was the only request above the edge.
  auto enough = phase_ == phase::stepping   ? 1U
                : phase_ == phase::doubling ? std::max(1U, (now_ - accepted_level_))
                                            : std::max(patience, now_);
  if (successes_ < enough) return;
  bool climbing = phase_ != phase::careful;
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
