/// Where output goes, and what may be done there.
#pragma once

#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/line.hpp"
#include "tools/tidemark/table.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::cli {

struct terminal_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

struct console {
  /// Standard output and standard error. Whole texts, line ends included.
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  /// The size of the terminal that `out` is at this moment; nothing if it is none.
  std::function<std::optional<terminal_size>()> terminal = [] { return std::optional<terminal_size>{}; };
  /// How this program is called before the words of a command, for hints; empty where commands are typed
  /// alone.
  std::string program = "tidemark";
  /// Where the present command stands, before what is wrong with it: "line 3: ".
  std::string where;
  bool json = false;
  bool quiet = false; ///< what goes wrong is told, and nothing else
  bool unicode = false;
  bool colour = false;     ///< of `out`
  bool err_colour = false; ///< of `err`

  /// How wide lines may be.
  std::size_t width() const {
    auto size = terminal();
    return size ? size->columns : any_width;
  }
  void print(const std::vector<line>& lines) const;
  /// Sentences: broken at words where commands are typed alone and the terminal is too narrow for them.
  void say(const line& sentences) const;
  /// To people at a terminal, on standard error: it goes on.
  void mention(std::string_view sentence) const;
  /// "tidemark: sentence" on standard error; only the sentence where commands are typed alone. For programs
  /// an object: {"error": {"text", "exit_code", "where"}}.
  void complain(const trouble& what) const;
  /// The same console, that shows nothing but troubles.
  console silenced() const;
};

/// The console of this process. Colours only on a terminal, and not where NO_COLOR is set; Unicode where the
/// locale says so.
console standard_console();

} // namespace tidemark::cli
