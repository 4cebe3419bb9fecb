/// A short list of named facts, one below the other.
#pragma once

#include "tools/tidemark/line.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tidemark::cli {

struct fact {
  std::string name;
  span value;         ///< any text; a fact without one is left out
  bool whole = false; ///< stays in one line whatever the width: something to copy
};

/// Names in one column, values in another, wrapped within `width`.
std::vector<line> layout_facts(const std::vector<fact>& facts, std::size_t width);

} // namespace tidemark::cli
