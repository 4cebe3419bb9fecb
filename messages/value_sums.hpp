/// Sums of the values of a column, which both sides of a comparison make.
#pragma once

#include <string>

#include "messages/words.hpp"

namespace tidemark {

struct value_sum {
  std::string name; ///< of the field
  sum_kind kind = sum_kind::numbers;

  friend bool operator==(const value_sum&, const value_sum&) = default;
};

} // namespace tidemark
