/// Draws frame over frame in place, without clearing what stands above.
#pragma once

#include "tools/tidemark/line.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tidemark::cli {

class live_screen {
public:
  explicit live_screen(bool colour) : colour_(colour) {}

  /// The text that replaces the frame before by this one, on a terminal that is `width` columns wide now. A
  /// frame must have fewer lines than the terminal, and no line may reach its last column.
  std::string draw(const std::vector<line>& frame, std::size_t width);

  /// The next frame begins where the cursor stands: somebody else has written in between.
  void begin_anew() { drawn_.clear(); }

private:
  bool colour_;
  std::size_t width_ = 0;
  std::vector<std::size_t> drawn_; ///< the widths of the lines on the screen
};

} // namespace tidemark::cli
