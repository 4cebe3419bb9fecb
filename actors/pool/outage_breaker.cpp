#include "actors/pool/outage_breaker.hpp"

#include <algorithm>

namespace tidemark {

namespace {

// Verdicts that nobody asked for: of requests whose holders have gone.
constexpr std::size_t most_verdicts = 1000;

} // namespace

bool outage_breaker::is_failure(ec code) noexcept {
  return code == ec::transport || code == ec::timeout || code == ec::server || code == ec::maintenance;
}

outage_breaker::news outage_breaker::failed(transfer_id lease, const std::string& text, ec code, bool probe,
                                            std::size_t others_open, time_point now) {
  if (failures_in_a_row_++ == 0) failing_since_ = now;
  reason_ = text;
  undecided_.emplace_back(lease, now);
  bool opens = !outage_;
  if (opens) {
    if (failures_in_a_row_ < options_.after && code != ec::maintenance) {
      if (others_open > 0) return news::none;
      asked_at_ = now;
      return news::suspect;
    }
    outage_ = state{now, options_.first_probe_delay};
  }
  if (probe || code == ec::maintenance) outage_->sure = true;
  if (outage_->sure) decide(true);
  // Requests that were open before the account went down fail late and say nothing new.
  if (probe || (opens && outage_->sure)) {
    outage_->next_probe = now + jittered(outage_->probe_delay);
    outage_->probe_delay = std::min<duration>(outage_->probe_delay * 2, options_.longest_probe_delay);
  }
  if (now - failing_since_ < options_.pause) return opens ? news::down : news::none;
  outage_->reported = true;
  return news::unavailable;
}

void outage_breaker::unanswered(time_point now) {
  for (auto& [lease, since] : undecided_) since = now;
  asked_at_.reset();
}

outage_breaker::news outage_breaker::wants_rest(const std::string& text, time_point now) {
  reason_ = text;
  if (!outage_) outage_ = state{now, options_.first_probe_delay};
  outage_->sure = outage_->reported = true;
  outage_->next_probe = now + jittered(options_.rest_probe_delay);
  decide(true);
  return news::unavailable;
}

void outage_breaker::try_now() noexcept {
  if (outage_) outage_->next_probe = {};
}

outage_breaker::news outage_breaker::answered() {
  failures_in_a_row_ = 0;
  decide(false);
  bool was_open = outage_.has_value();
  outage_.reset();
  reason_.clear();
  return was_open ? news::up : news::none;
}

void outage_breaker::inconclusive(time_point now) {
  if (outage_) outage_->next_probe = now + jittered(outage_->probe_delay);
}

outage_breaker::news outage_breaker::advance(bool probing, duration doubt, time_point now) {
  if (probing) return news::none;
  while (!undecided_.empty() && now - undecided_.front().second >= judgement) {
    decided_[undecided_.front().first] = outage_.has_value();
    if (outage_) outage_->unasked = true;
    undecided_.pop_front();
  }
  auto unasked = unasked_since();
  if (!unasked || now - *unasked < doubt) return news::none;
  asked_at_ = now;
  return news::suspect;
}

/// When the oldest failure came about which nobody was asked to ask.
std::optional<outage_breaker::time_point> outage_breaker::unasked_since() const {
  if (outage_) return std::nullopt;
  auto found = std::ranges::find_if(undecided_,
                                    [this](auto& entry) { return !asked_at_ || entry.second > *asked_at_; });
  if (found == undecided_.end()) return std::nullopt;
  return found->second;
}

void outage_breaker::decide(bool excused) {
  for (auto& [lease, since] : undecided_) decided_[lease] = excused;
  undecided_.clear();
  asked_at_.reset();
  while (decided_.size() > most_verdicts) decided_.erase(decided_.begin());
}

std::optional<outage_breaker::time_point> outage_breaker::next_step(duration doubt) const {
  if (undecided_.empty()) return std::nullopt;
  auto result = undecided_.front().second + judgement;
  auto unasked = unasked_since();
  return unasked ? std::min(result, *unasked + doubt) : result;
}

std::optional<bool> outage_breaker::verdict(transfer_id lease) const {
  if (std::ranges::any_of(undecided_, [&](auto& entry) { return entry.first == lease; })) return std::nullopt;
  auto found = decided_.find(lease);
  return found != decided_.end() && found->second;
}

outage_breaker::duration outage_breaker::jittered(duration base) {
  // Half to whole: two nodes on one account must not come back in step.
  return duration{std::uniform_int_distribution<duration::rep>{base.count() / 2, base.count()}(random_)};
}

} // namespace tidemark
