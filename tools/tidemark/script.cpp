#include "tools/tidemark/script.hpp"

#include <fmt/format.h>

#include <string>

namespace tidemark::cli {

exit_code run_script(std::istream& from, interpreter& with, const std::function<void(bool)>& interruptible,
                     bool numbered) {
  auto code = exit_code::done;
  std::size_t number = 0;
  for (std::string text; !with.leaving() && std::getline(from, text);) {
    ++number;
    interruptible(true);
    auto one = with.run(text, numbered ? fmt::format("line {}: ", number) : "");
    interruptible(false);
    if (one != exit_code::done) code = one;
    if (code >= exit_code::interrupted) break;
  }
  return code;
}

} // namespace tidemark::cli
