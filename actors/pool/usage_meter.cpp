#include "actors/pool/usage_meter.hpp"

#include <algorithm>

namespace tidemark {

using std::chrono::seconds;

void usage_meter::set(std::uint32_t busy, std::uint32_t slots, time_point now) {
  advance(now);
  busy_ = busy;
  slots_ = slots;
}

void usage_meter::advance(time_point now) {
  if (now <= at_) return;
  // After a silence longer than everything that is kept, only the last seconds matter.
  if (auto first = index(now) - static_cast<std::int64_t>(kept) + 1; index(at_) < first) {
    seconds_.fill({});
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
