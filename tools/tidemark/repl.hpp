/// The prompt: commands typed one after the other, with a node that may come and go.
#pragma once

#include "tools/tidemark/interpreter.hpp"

namespace tidemark::cli {

/// Reads and carries out commands until the user leaves. `in` gets the signals.
exit_code run_prompt(interpreter& with, inbox& in);

} // namespace tidemark::cli
