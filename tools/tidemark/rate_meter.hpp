/// How fast records arrive, from the counts of the last seconds.
#pragma once

#include "messages/wire/imports.hpp"

#include <deque>
#include <map>
#include <string>
#include <utility>

namespace tidemark::cli {

class rate_meter {
public:
  /// The counts as they stand at `now`. Time must not go back.
  void sample(const import_status& status, unix_ms now);

  /// Records per second. Of a running type: over the last 15 seconds at most. Of one that has ended: over its
  /// whole life. Zero for one that is not known.
  double of(const type_status& type, unix_ms now) const;
  /// Of all record types that have not ended.
  double of(const import_status& status, unix_ms now) const;

private:
  using point = std::pair<unix_ms, std::uint64_t>;
  std::map<std::string, std::deque<point>> seen_;
};

} // namespace tidemark::cli
