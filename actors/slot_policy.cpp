#include "actors/slot_policy.hpp"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

using namespace std::chrono_literals;

constexpr double cut_factor =
    0.7; // multiplicative decrease; CUBIC's value (RFC 9438), gentler than Reno's half
constexpr auto first_refusal_pause = 100ms;
constexpr auto longest_refusal_pause = 5s;
constexpr auto longest_linger = 30s;

bool counts_as_down(ec code) {
  return code == ec::transport || code == ec::timeout || code == ec::server || code == ec::maintenance;
}

} // namespace

slot_policy::slot_policy(slot_policy_options options)
    : options_(options), random_(options.seed), ceiling_(std::max<std::uint32_t>(options.limit, 1)) {
  options_.limit = std::max<std::uint32_t>(options_.limit, 1);
  // Leases of an earlier pool of the same account must not be taken for ours: start at a random place.
  next_lease_ = (random_() >> 16U) << 16U;
}

void slot_policy::enqueue(waiter_id waiter, bool first) {
  if (first)
    queue_.push_front(waiter);
  else
    queue_.push_back(waiter);
}

void slot_policy::forget(waiter_id waiter) { std::erase(queue_, waiter); }

std::uint32_t slot_policy::effective() const noexcept {
  return std::clamp(static_cast<std::uint32_t>(ceiling_), 1U, options_.limit);
}

bool slot_policy::probing() const {
  return std::ranges::any_of(open_, [](auto& entry) { return entry.second.probe; });
}

bool slot_policy::may_grant(time_point now) const {
  if (queue_.empty() || now < no_grant_before_ || in_use() >= effective()) return false;
  return !outage_ || (now >= outage_->next_probe && !probing());
}

std::vector<slot_policy::grant> slot_policy::advance(time_point now) {
  lingering_.erase(lingering_.begin(), lingering_.upper_bound(now));
  std::vector<grant> result;
  while (may_grant(now)) {
    auto id = ++next_lease_;
    result.push_back({queue_.front(), id, outage_.has_value()});
    queue_.pop_front();
    open_.emplace(id, open_lease{outage_.has_value(), in_use() + 1 >= effective()});
    ++granted_;
  }
  return result;
}

slot_policy::news slot_policy::close(const closed_transfer& what, time_point now) {
  auto found = open_.find(what.lease);
  if (found == open_.end()) return news::none;
  auto lease = found->second;
  open_.erase(found);
  if (!what.opened) return news::none;
  if (what.code == ec::cancelled) {
    lingering_.emplace(now + std::min<duration>(response_time_, longest_linger), what.lease);
    if (outage_ && lease.probe) outage_->next_probe = now + jittered(outage_->probe_delay);
    return news::none;
  }
  if (what.code == ec::refused) {
    cut(what, now);
    return news::none; // whoever refuses for concurrency is not down, and says nothing about a failing streak
  }
  refusal_bursts_ = 0;
  if (counts_as_down(what.code)) return account_failed(what, lease.probe, now);
  response_time_ = (response_time_ * 7 + std::chrono::duration_cast<duration>(what.took)) / 8;
  grow(lease);
  return account_answered();
}

void slot_policy::cut(const closed_transfer& what, time_point now) {
  ++refused_;
  // Refusals of requests that were open together are one burst: its size says nothing about how long to wait.
  bool same_burst = now < no_grant_before_ && refusal_bursts_ > 0;
  if (!same_burst) ++refusal_bursts_;
  auto pause = std::min<duration>(first_refusal_pause * (1U << std::min(refusal_bursts_ - 1, 6U)),
                                  longest_refusal_pause);
  auto until = now + (what.retry_after > 0s ? duration{what.retry_after} : jittered(pause));
  no_grant_before_ = std::max(no_grant_before_, until);
  if (now < no_cut_before_) return;
  ceiling_ = std::max(1.0, std::floor(ceiling_ * cut_factor));
  no_cut_before_ = now + response_time_;
}

void slot_policy::grow(const open_lease& lease) {
  if (lease.at_the_limit) ceiling_ = std::min<double>(options_.limit, ceiling_ + 1.0 / ceiling_);
}

slot_policy::news slot_policy::account_failed(const closed_transfer& what, bool probe, time_point now) {
  if (failures_in_a_row_++ == 0) failing_since_ = now;
  outage_reason_ = what.text;
  bool opens = !outage_;
  if (opens) {
    if (failures_in_a_row_ < options_.outage_after && what.code != ec::maintenance) return news::none;
    outage_ = outage_state{now, options_.first_probe_delay, false};
  }
  // Requests that were open before the account went down fail late and say nothing new.
  if (opens || probe) {
    outage_->next_probe = now + jittered(outage_->probe_delay);
    outage_->probe_delay = std::min<duration>(outage_->probe_delay * 2, options_.longest_probe_delay);
  }
  if (now - failing_since_ < options_.outage_pause) return news::none;
  outage_->reported = true;
  return news::account_unavailable;
}

slot_policy::news slot_policy::account_answered() {
  failures_in_a_row_ = 0;
  bool was_reported = outage_ && outage_->reported;
  outage_.reset();
  outage_reason_.clear();
  return was_reported ? news::account_available : news::none;
}

std::optional<slot_policy::time_point> slot_policy::wake_at() const {
  if (queue_.empty() || (outage_ && probing())) return std::nullopt;
  auto result = no_grant_before_;
  if (in_use() >= effective()) {
    if (lingering_.empty()) return std::nullopt;
    result = std::max(result, lingering_.begin()->first);
  }
  if (outage_) result = std::max(result, outage_->next_probe);
  return result;
}

std::vector<transfer_id> slot_policy::open_leases() const {
  std::vector<transfer_id> result;
  for (auto& [id, lease] : open_) result.push_back(id);
  return result;
}

slot_policy::duration slot_policy::jittered(duration base) {
  // Half to whole: two nodes on one account must not come back in step.
  return duration{std::uniform_int_distribution<duration::rep>{base.count() / 2, base.count()}(random_)};
}

} // namespace tidemark
