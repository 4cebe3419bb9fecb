/// A bar of progress.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tidemark::cli {

/// A bar of exactly `width` columns, filled to `ten_thousandths`. It looks full only when it is, and never
/// empty once something is done. Without Unicode it is made of # and dots.
std::string bar_text(std::size_t width, std::uint32_t ten_thousandths, bool unicode);

} // namespace tidemark::cli
