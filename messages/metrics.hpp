/// Counters and gauges as values, for whoever serialises them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

struct metric_sample {
  std::vector<std::string> labels; ///< values, in the order of the family's label names
  double value = 0;
};

/// All samples of one name. Names and labels are stable, and as Prometheus wants them: a unit at the end,
/// counters end in `_total`.
struct metric_family {
  enum class kind : std::uint8_t {
    counter, ///< only grows, until the node starts anew
    gauge
  };

  std::string_view name;
  std::string_view help;
  kind type = kind::gauge;
  std::vector<std::string_view> label_names;
  std::vector<metric_sample> samples; ///< may be empty
};

} // namespace tidemark
