/// What may be typed next.
#pragma once

#include "tools/tidemark/grammar.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::cli {

struct known_name {
  std::string name;
  std::string about = {}; ///< what tells it from others that look alike; may be empty
};

/// The names of this kind that the node knows; empty if it cannot be asked.
using known_names = std::function<std::vector<known_name>(word_kind)>;

struct completion {
  std::size_t begin = 0;          ///< where the word that is being typed begins in the line, in bytes
  std::vector<std::string> words; ///< that it may become, in order, each once
  /// What all of them begin with; never shorter than what is typed, unless there are none.
  std::string common;
  std::map<std::string, std::string> about; ///< of those words that say something about themselves
};

/// `line` is what stands before the cursor. Commands, options and choices come from the grammar, all
/// other names from `names`, which is called at most once.
completion complete(const grammar& all, std::string_view line, const known_names& names);

} // namespace tidemark::cli
