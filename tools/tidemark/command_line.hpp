/// From words to commands.
#pragma once

#include "tools/tidemark/command.hpp"
#include "tools/tidemark/exit_code.hpp"

#include <string>
#include <vector>

namespace tidemark::cli {

/// Reads the words that follow the program's name. Wrong usage comes back as a sentence that says where to
/// find help.
attempt<invocation> parse_command_line(const std::vector<std::string>& words);

/// Reads the words of one command where commands are typed or written one after the other: those of the
/// session are known as well, and the node is chosen already.
attempt<invocation> parse_in_session(const std::vector<std::string>& words);

/// Whether words that could not be read ask for JSON: what is wrong with them is told so, too.
bool wants_json(const std::vector<std::string>& words);

/// The path of the node's socket: the address given, else $TIDEMARK_NODE, else `data/control.sock` below the
/// current directory. `environment` is null if the variable is not set.
attempt<std::string> socket_path(const std::string& given, const char* environment);

} // namespace tidemark::cli
