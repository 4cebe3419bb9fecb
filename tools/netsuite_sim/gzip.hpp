/// gzip, as HTTP sends it.
#pragma once

#include <string>
#include <string_view>

namespace tidemark::netsuite_sim {

/// `level` is zlib's, 1 (fast) to 9.
std::string compress(std::string_view text, int level);

} // namespace tidemark::netsuite_sim
