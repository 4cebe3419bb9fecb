/// Pure core: from when on changes are asked for.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "messages/ledger.hpp"

namespace tidemark {

inline constexpr std::string_view criteria_changed_note = "criteria_changed";

/// For people: `why` as `compare_descriptions` tells it.
inline std::string criteria_changed_text(const std::string& record_type, const std::string& why) {
  return fmt::format("{} is read whole, since the criteria have changed after it was read: {}", record_type,
                     why);
}

/// On records that each incremental import reads.
inline import_note undated_note(const std::string& record_type, const std::string& column, unix_ms now) {
  return {record_type, "undated_records", column,
          fmt::format("{}: records have no change date ({} is empty); each incremental import reads all of "
                      "these again",
                      record_type, column),
          now};
}

/// How far back an import asks for changes.
struct change_window {
  import_mode mode = import_mode::full;
  unix_ms since = 0;                       ///< at least as far as this; zero: as far as needed
  std::chrono::minutes look_back{24 * 60}; ///< records become visible later than they are stamped

  /// The moment from which on changes have to be asked for; zero for everything: in a full import, of a type
  /// that was never read whole, and where there are too many rejected records to ask for each.
  [[nodiscard]] unix_ms changed_since(unix_ms watermark, bool too_many_rejected = false) const noexcept {
    if (mode != import_mode::incremental || watermark == 0 || too_many_rejected) return 0;
    auto needed = watermark - std::chrono::duration_cast<std::chrono::milliseconds>(look_back).count();
    return std::max<unix_ms>(since == 0 ? needed : std::min(since, needed), 1);
  }
};

} // namespace tidemark
