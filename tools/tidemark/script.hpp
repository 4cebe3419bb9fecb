/// Commands from a file, a pipe or the command line.
#pragma once

#include "tools/tidemark/interpreter.hpp"

#include <functional>
#include <istream>

namespace tidemark::cli {

/// Carries out each line. The code is that of the last command that failed; an interrupt ends the script.
/// `interruptible` is called with true before and false after each line: while one is waited for, a wish to
/// end is not read from the inbox. `numbered`: what goes wrong is told with the number of its line.
exit_code run_script(std::istream& from, interpreter& with, const std::function<void(bool)>& interruptible,
                     bool numbered);

} // namespace tidemark::cli
