/// The record types of a live frame: which are shown one by one, and in which columns.
#pragma once

#include "tools/tidemark/live_frame.hpp"

namespace tidemark::cli {

/// The record types in at most `height` lines, grouped by wave. Empty where the import has none yet.
std::vector<line> type_rows(const import_status& status, const rate_meter& rates, unix_ms now,
                            const frame_shape& shape);

/// "12,345/~20,000"; empty while nothing is known.
std::string records_text(const record_counts& records);

} // namespace tidemark::cli
