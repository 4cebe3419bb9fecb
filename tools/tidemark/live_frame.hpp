/// The picture of an import that is under way: a function of its status, the size of the terminal and the
/// time.
#pragma once

#include "messages/wire/imports.hpp"
#include "messages/wire/slots.hpp"
#include "tools/tidemark/line.hpp"
#include "tools/tidemark/rate_meter.hpp"

#include <cstddef>
#include <vector>

namespace tidemark::cli {

struct frame_shape {
  std::size_t width = 80;  ///< columns of the longest line
  std::size_t height = 24; ///< lines
  bool unicode = true;
};

/// At most `height` lines of at most `width` columns: the import's head with the slots of its account (if
/// known), its total, then its record types by wave, and what went wrong. Where they do not all fit, waves
/// that have ended become one line each, then those that wait, then what has ended or waits in the others;
/// what is running is left out last, and counted.
std::vector<line> live_frame(const import_status& status, const rate_meter& rates, unix_ms now,
                             const frame_shape& shape, const pool_status* pool = nullptr);

} // namespace tidemark::cli
