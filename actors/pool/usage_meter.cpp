#include "actors/pool/usage_meter.hpp"

#include <algorithm>

namespace tidemark {

using std::chrono::seconds;

void usage_meter::set(std::uint32_t busy, std::uint32_t slots, time_point now) {
  advance(now);
  if (busy > 0 && seconds_.empty()) begin_counting();
  busy_ = busy;
  slots_ = slots;
}

/// Till now nothing was busy, of as many slots as there are.
void usage_meter::begin_counting() {
  seconds_.resize(kept);
  auto last = index(at_);
  for (auto i = std::max<std::int64_t>(0, last - static_cast<std::int64_t>(kept) + 1); i <= last; ++i) {
    auto length =
        std::chrono::duration<double>(std::min(at_, begin_ + seconds{i + 1}) - (begin_ + seconds{i}));
    seconds_[static_cast<std::size_t>(i) % kept].slots = length.count() * slots_;
  }
}

void usage_meter::advance(time_point now) {
  if (now <= at_) return;
  if (busy_ > 0) last_busy_ = now;
  if (busy_ == 0 && now - last_busy_ > longest + seconds{1}) seconds_ = {};
  if (seconds_.empty()) {
    at_ = now;
    return;
  }
  // After a silence longer than everything that is kept, only the last seconds matter.
  if (auto first = index(now) - static_cast<std::int64_t>(kept) + 1; index(at_) < first) {
    std::ranges::fill(seconds_, second{});
    at_ = begin_ + seconds{first};
  }
  while (at_ < now) {
    auto i = index(at_);
    auto until = std::min(now, begin_ + seconds{i + 1});
    auto& slot = seconds_[static_cast<std::size_t>(i) % kept];
    if (at_ == begin_ + seconds{i}) slot = {}; // what a lap ago stood here
    auto length = std::chrono::duration<double>(until - at_).count();
    slot.busy += length * busy_;
    slot.slots += length * slots_;
    at_ = until;
  }
}

double usage_meter::share(duration window, time_point now) {
  advance(now);
  if (seconds_.empty()) return 0;
  auto last = index(at_);
  auto count = std::min<std::int64_t>(
      std::chrono::duration_cast<seconds>(std::min<duration>(window, longest)).count(), last + 1);
  double busy = 0;
  double slots = 0;
  // The second that is just running, and whole ones before it.
  for (auto i = last; i > last - count - 1 && i >= 0; --i) {
    if (i == last && at_ == begin_ + seconds{i}) continue; // nothing of it has passed
    auto& slot = seconds_[static_cast<std::size_t>(i) % kept];
    busy += slot.busy;
    slots += slot.slots;
  }
  return slots > 0 ? std::min(1.0, busy / slots) : 0;
}

} // namespace tidemark
