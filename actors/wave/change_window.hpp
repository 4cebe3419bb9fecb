/// Pure core: from when on changes are asked for.
#pragma once

#include <algorithm>
#include <chrono>

#include "messages/ledger.hpp"

namespace tidemark {

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
