#include "tools/tidemark/rate_meter.hpp"

#include <algorithm>

namespace tidemark::cli {

namespace {

constexpr unix_ms window = 15'000;

// Counts that come faster are one point: a burst must not fill the memory.
constexpr unix_ms resolution = 250;

// Over less than this, a rate says nothing.
constexpr unix_ms shortest = 500;

} // namespace

void rate_meter::sample(const import_status& status, unix_ms now) {
  for (auto& type : status.types) {
    auto& points = seen_[type.name];
    auto stored = type.records.stored;
    // The first point stays as it is, since rates are measured from it.
    if (points.size() > 1 && now - points.back().first < resolution)
      points.back().second = stored;
    else if (points.empty() || points.back().second != stored)
      points.emplace_back(now, stored);
    // One point from before the window stays, as its left edge.
    while (points.size() > 2 && points[1].first <= now - window) points.pop_front();
  }
}

double rate_meter::of(const type_status& type, unix_ms now) const {
  if (is_final(type.state)) {
    auto life = type.finished_at - type.started_at;
    if (type.started_at == 0 || life <= 0) return 0;
    return static_cast<double>(type.records.stored) * 1000.0 / static_cast<double>(life);
  }
  auto found = seen_.find(type.name);
  if (found == seen_.end() || found->second.empty()) return 0;
  auto& points = found->second;
  auto since = std::max(points.front().first, now - window);
  if (now - since < shortest) return 0;
  // A count holds until the next point.
  auto after = std::ranges::upper_bound(points, since, {}, &point::first);
  auto before = std::prev(after)->second;
  auto last = points.back().second;
  if (last <= before) return 0;
  return static_cast<double>(last - before) * 1000.0 / static_cast<double>(now - since);
}

double rate_meter::of(const import_status& status, unix_ms now) const {
  double rate = 0;
  for (auto& type : status.types)
    if (!is_final(type.state)) rate += of(type, now);
  return rate;
}

} // namespace tidemark::cli
