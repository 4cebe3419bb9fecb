#include "actors/pool/adaptive_limit.hpp"

#include <algorithm>

namespace tidemark {

void adaptive_limit::go_to(std::uint32_t level, phase next) {
  now_ = std::clamp(level, 1U, most_);
  phase_ = next;
  successes_ = 0;
}

adaptive_limit::reaction adaptive_limit::refused(std::uint32_t taken) {
  if (taken >= now_) return reaction::none;
  bool at_the_edge = taken > 0 && taken + 1 == now_;
  bool stepped_up = phase_ == phase::stepping || phase_ == phase::doubling;
  bool back = stepped_up && accepted_level_ != 0 && taken >= accepted_level_;
  accepted_level_ = 0;
  go_to(taken, at_the_edge ? phase::careful : phase::stepping);
  return back ? reaction::stepped : reaction::cut;
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
