/// A typed line as words, as a shell reads it: quotes and backslashes, ; between commands, # before a remark.
#pragma once

#include "tools/tidemark/exit_code.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::cli {

/// The commands of a line, each with its words. Empty commands are left out. Refuses a quote that is not
/// closed.
attempt<std::vector<std::vector<std::string>>> split_line(std::string_view line);

/// The last command of a line that is being typed.
struct unfinished {
  std::vector<std::string> words; ///< those that are whole
  std::string word;               ///< the one at the end, without quotes; may be empty
  std::size_t begin = 0;          ///< where it begins in the line, in bytes
  bool remark = false;            ///< the end of the line is a remark
};
unfinished split_unfinished(std::string_view line);

/// The word as it has to be typed.
std::string as_typed(const std::string& word);

} // namespace tidemark::cli
