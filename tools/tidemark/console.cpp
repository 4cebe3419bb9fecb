#include "tools/tidemark/console.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/json_values.hpp"
#include "tools/tidemark/to_json.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tidemark::cli {

namespace {

/// Output that nobody takes any more is no error of ours: the import goes on, and so does the exit code.
void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string_view environment(const char* name) {
  auto* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

/// The first of these that is set decides, as in the C library.
bool utf8_locale() {
  for (auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value{environment(name)};
    if (value.empty()) continue;
    std::ranges::transform(value, value.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return value.find("UTF-8") != std::string::npos || value.find("UTF8") != std::string::npos;
  }
  return false;
}

std::optional<terminal_size> size_of_output() {
  if (::isatty(STDOUT_FILENO) == 0) return std::nullopt;
  winsize size{};
  terminal_size result;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return result;
  // Some terminals do not know their size and say zero.
  if (size.ws_col > 0) result.columns = size.ws_col;
  if (size.ws_row > 0) result.rows = size.ws_row;
  return result;
}

} // namespace

void console::print(const std::vector<line>& lines) const {
  std::string text;
  for (auto& x : lines) text += paint(x, colour) + "\n";
  out(text);
}

void console::say(const line& sentences) const {
  // Outside a session they name whole calls of this program, which are copied.
  print(program.empty() ? folded(sentences, width()) : std::vector<line>{sentences});
}

void console::mention(std::string_view sentence) const {
  if (!json && terminal()) err(printable(sentence) + "\n");
}

console console::silenced() const {
  auto result = *this;
  result.quiet = true;
  result.out = [](std::string_view) {};
  // Nobody looks at a picture that is not drawn.
  result.terminal = [] { return std::optional<terminal_size>{}; };
  return result;
}

void console::complain(const trouble& what) const {
  if (json) {
    auto place = where.substr(0, where.find_last_not_of(": ") + 1);
    err(json_line({{"error",
                    {{"text", what.sentence},
                     {"exit_code", static_cast<int>(what.code)},
                     {"where", text_or_null(place)}}}}));
    return;
  }
  std::string text = (program.empty() ? "" : "tidemark: ") + where;
  // A mistake in a configuration file is told a line each.
  std::istringstream in{what.sentence};
  for (std::string part; std::getline(in, part);) {
    if (!program.empty())
      text += printable(part) + "\n";
    else
      for (auto& x : folded({{printable(part), tone::bad}}, width())) text += paint(x, err_colour) + "\n";
  }
  err(text);
}

console standard_console() {
  console result;
  result.out = [](std::string_view text) { write_all(STDOUT_FILENO, text); };
  result.err = [](std::string_view text) { write_all(STDERR_FILENO, text); };
  auto terminal = environment("TERM");
  // A terminal that understands no codes gets plain lines.
  if (::isatty(STDOUT_FILENO) != 0 && !terminal.empty() && terminal != "dumb") {
    result.terminal = size_of_output;
    result.unicode = utf8_locale();
    result.colour = environment("NO_COLOR").empty();
    result.err_colour = result.colour && ::isatty(STDERR_FILENO) != 0;
  }
  return result;
}

} // namespace tidemark::cli
