/// Help, made from what the commands say about themselves.
#pragma once

#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/grammar.hpp"
#include "tools/tidemark/line.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tidemark::cli {

/// What stands behind "help".
struct help_words {
  std::vector<std::string> topic; ///< none: everything
};

/// About all commands, those of one first word, or one command. `program` is how commands are called:
/// "tidemark", or empty where they are typed alone. Refuses a topic that is no command.
attempt<std::vector<line>> help_text(const grammar& commands, const std::vector<std::string>& topic,
                                     const std::string& program, std::size_t width);

} // namespace tidemark::cli
