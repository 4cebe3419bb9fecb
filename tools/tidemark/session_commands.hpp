/// What only makes sense where commands follow each other: the interpreter itself carries these out.
#pragma once

#include <optional>

namespace tidemark::cli {

struct json_words {
  std::optional<bool> on; ///< nothing: the other way round
};

struct leave_words {};

} // namespace tidemark::cli
