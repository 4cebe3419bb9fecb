/// A line that is typed on the terminal: editing, history and completion, while other things happen.
#pragma once

#include "tools/tidemark/completion.hpp"
#include "tools/tidemark/history_file.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::cli {

/// What the editor asks of whoever uses it. Called only while a line is read, in the thread that reads.
struct line_editor_hooks {
  struct prompt_text {
    std::string text;
    bool strong = false; ///< with the terminal's code for it
  };
  std::function<prompt_text()> prompt;
  std::function<completion(std::string_view before_cursor)> complete;
  enum class wish : std::uint8_t {
    none,
    redraw,    ///< the terminal has another size
    interrupt, ///< forget the line
    close,     ///< as if the input had ended
  };
  /// Something was put into the inbox, or the time of `due` has come.
  std::function<wish()> look;
  /// When `look` wants to be called by itself; nothing: only when woken.
  std::function<std::optional<std::chrono::milliseconds>()> due;
};

class line_editor {
public:
  /// On standard input and output, which must be a terminal.
  line_editor(line_editor_hooks hooks, history_file history);
  ~line_editor();
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  struct typed {
    enum class how : std::uint8_t { whole, interrupted, closed } ended = how::closed;
    std::string text; ///< without the line end
  };
  /// Reads a line. What is not blank goes into the history.
  typed read();

  /// From a hook: says something above the line that is being typed. Whole lines.
  void say(std::string_view text);

  /// From any thread: `look` is called soon, if a line is being read.
  void wake() noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace tidemark::cli
