#include "tools/tidemark/line_editor.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/line_words.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cwchar>
#include <iterator>

#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;

// Never typed: the terminal turns Ctrl-C into a signal. The editor reads it when the signal has come.
constexpr wchar_t interrupt_key = L'\x03';

// Around the codes in a prompt, so that the editor does not count them.
constexpr char code_mark = '\1';

// More words than this are not shown unless something is typed.
constexpr std::size_t most_candidates = 200;

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/// The number of characters in UTF-8: the editor counts in them.
int characters(std::string_view text) {
  return static_cast<int>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Words side by side, down each column first.
std::string in_columns(const std::vector<std::string>& words, std::size_t width) {
  std::size_t widest = 0;
  for (auto& x : words) widest = std::max(widest, display_width(x));
  auto columns = std::max<std::size_t>(1, width / (widest + 2));
  auto rows = (words.size() + columns - 1) / columns;
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string next;
    for (auto i = row; i < words.size(); i += rows) next += fit_left(words[i], widest + 2);
    next.erase(next.find_last_not_of(' ') + 1);
    text += next + "\n";
  }
  return text;
}

/// Words one below the other, each with what there is to say about it.
std::string with_abouts(const completion& found, std::size_t width) {
  std::size_t widest = 0;
  for (auto& x : found.words) widest = std::max(widest, display_width(x));
  std::string text;
  for (auto& x : found.words) {
    auto about = found.about.find(x);
    auto next = fit_left(x, widest + 2) + (about == found.about.end() ? "" : printable(about->second));
    next.erase(next.find_last_not_of(' ') + 1);
    text += cut(next, width > 0 ? width - 1 : width) + "\n";
  }
  return text;
}

} // namespace

struct line_editor::parts {
  parts(line_editor_hooks with, history_file history_in)
      : hooks(std::move(with)), file(std::move(history_in)) {}

  line_editor_hooks hooks;
  history_file file;
  EditLine* editor = nullptr;
  History* history = nullptr;
  int woken = -1;
  std::string prompt; // what the editor was given last, codes included
  std::size_t prompt_width = 0;
  bool interrupted = false;
  bool closed = false;
  std::mbstate_t decoding{};

  void refresh_prompt() {
    auto wanted = hooks.prompt();
    prompt_width = display_width(wanted.text);
    prompt = wanted.text;
    if (!wanted.strong) return;
    auto mark = [](std::string code) { return code_mark + std::move(code) + code_mark; };
    // The editor does not write codes that end a prompt: the last character, a blank, is behind them.
    auto end = wanted.text.empty() ? wanted.text.end() : std::prev(wanted.text.end());
    prompt = mark("\x1b[1m") + std::string{wanted.text.begin(), end} + mark("\x1b[0m")
             + std::string{end, wanted.text.end()};
  }

  void write(std::string_view text) const {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  std::string_view before_cursor() const {
    auto* now = el_line(editor);
    return {now->buffer, static_cast<std::size_t>(now->cursor - now->buffer)};
  }

  /// Clears what is shown of the line, wherever the cursor stands in it.
  void clear_line() const {
    auto up = (prompt_width + display_width(before_cursor())) / terminal_columns();
    std::string text = "\r";
    if (up > 0) text += "\x1b[" + std::to_string(up) + "A";
    write(text + "\x1b[J");
  }

  void redraw() {
    refresh_prompt();
    el_set(editor, EL_REFRESH);
  }

  void say(std::string_view text) {
    clear_line();
    write(text);
    redraw();
  }

  int read_key(wchar_t* key);
  std::optional<int> do_wish(wchar_t* key);
  unsigned char complete();
  unsigned char interrupt();

  /// The one that an editor belongs to.
  static parts& of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<parts*>(data);
  }
  void configure();
};

/// Nothing if the editor goes on waiting.
std::optional<int> line_editor::parts::do_wish(wchar_t* key) {
  switch (hooks.look()) {
  case line_editor_hooks::wish::none: return std::nullopt;
  case line_editor_hooks::wish::redraw:
    clear_line();
    el_resize(editor);
    redraw();
    return std::nullopt;
  case line_editor_hooks::wish::interrupt: *key = interrupt_key; return 1;
  case line_editor_hooks::wish::close: closed = true; return 0;
  }
  return std::nullopt;
}

int line_editor::parts::read_key(wchar_t* key) {
  for (;;) {
    auto due = hooks.due();
    auto wait = due ? static_cast<int>(std::clamp(*due, 0ms, std::chrono::milliseconds{60'000}).count()) : -1;
    pollfd sources[2] = {{STDIN_FILENO, POLLIN, 0}, {woken, POLLIN, 0}};
    auto ready = ::poll(sources, 2, wait);
    if (ready < 0 && errno != EINTR) return -1;
    if (ready <= 0 || sources[1].revents != 0) {
      eventfd_t ignored = 0;
      if (ready > 0) ::eventfd_read(woken, &ignored);
      if (auto result = do_wish(key)) return *result;
      continue;
    }
    char byte = 0;
    auto count = ::read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      closed = true;
      return 0;
    }
    auto decoded = std::mbrtowc(key, &byte, 1, &decoding);
    if (decoded == static_cast<std::size_t>(-2)) continue; // the character goes on
    if (decoded == static_cast<std::size_t>(-1)) {
      decoding = {};
      continue;
    }
    return 1;
  }
}

unsigned char line_editor::parts::complete() {
  auto before = before_cursor();
  auto found = hooks.complete(before);
  if (found.words.empty()) return CC_REFRESH_BEEP;
  auto typed = before.substr(std::min(found.begin, before.size()));
  auto longer = as_typed(found.common) + (found.words.size() == 1 ? " " : "");
  if (longer != typed && longer.size() >= typed.size()) {
    el_deletestr(editor, characters(typed));
    el_insertstr(editor, longer.c_str());
    return CC_REFRESH;
  }
  std::string text = "\n";
  if (found.words.size() > most_candidates)
    text += std::to_string(found.words.size()) + " possibilities; type more of the word\n";
  else
    text += found.about.empty() ? in_columns(found.words, terminal_columns())
                                : with_abouts(found, terminal_columns());
  write(text);
  return CC_REDISPLAY;
}

unsigned char line_editor::parts::interrupt() {
  clear_line();
  auto* now = el_line(editor);
  el_cursor(editor, static_cast<int>(now->lastchar - now->cursor));
  redraw();
  write("^C\n");
  interrupted = true;
  return CC_NEWLINE;
}

void line_editor::parts::configure() {
  el_set(editor, EL_CLIENTDATA, this);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_HIST, ::history, history);
  // The casts give each function the shape that the variadic call reads.
  el_set(editor, EL_PROMPT_ESC, +[](EditLine* e) { return of(e).prompt.data(); }, code_mark);
  el_set(editor, EL_GETCFN, +[](EditLine* e, wchar_t* key) { return of(e).read_key(key); });
  el_set(
      editor, EL_ADDFN, "complete-word", "Complete the word before the cursor",
      +[](EditLine* e, int) { return of(e).complete(); });
  el_set(
      editor, EL_ADDFN, "forget-line", "Forget the line",
      +[](EditLine* e, int) { return of(e).interrupt(); });
  auto bind = [this](const char* key, const char* function) {
    el_set(editor, EL_BIND, key, function, nullptr);
  };
  bind("^I", "complete-word");
  bind("^R", "em-inc-search-prev");
  bind("\\e[3~", "ed-delete-next-char");
  bind("\\e[1~", "ed-move-to-beg");
  bind("\\e[4~", "ed-move-to-end");
  bind("\\e[1;5C", "em-next-word");
  bind("\\e[1;5D", "ed-prev-word");
  // What somebody has chosen for all programs with this editor; the key that the signal is read as stays
  // ours.
  el_source(editor, nullptr);
  bind("^C", "forget-line");
}

line_editor::line_editor(line_editor_hooks hooks, history_file history)
    : parts_(std::make_unique<parts>(std::move(hooks), std::move(history))) {
  auto& own = *parts_;
  own.woken = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  own.history = history_init();
  HistEvent event{};
  ::history(own.history, &event, H_SETSIZE, 1000);
  ::history(own.history, &event, H_SETUNIQUE, 1);
  for (auto& x : own.file.read()) ::history(own.history, &event, H_ENTER, x.c_str());
  own.editor = el_init("tidemark", stdin, stdout, stderr);
  own.configure();
}

line_editor::~line_editor() {
  el_end(parts_->editor);
  history_end(parts_->history);
  ::close(parts_->woken);
}

line_editor::typed line_editor::read() {
  auto& own = *parts_;
  own.interrupted = own.closed = false;
  own.refresh_prompt();
  int count = 0;
  auto* got = el_gets(own.editor, &count);
  if (own.interrupted) return {typed::how::interrupted, {}};
  if (got == nullptr || count <= 0 || own.closed) {
    own.write("\n");
    return {typed::how::closed, {}};
  }
  std::string text{got, static_cast<std::size_t>(count)};
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.find_first_not_of(" \t") != std::string::npos) {
    HistEvent event{};
    ::history(own.history, &event, H_ENTER, text.c_str());
    own.file.add(text);
  }
  return {typed::how::whole, std::move(text)};
}

void line_editor::say(std::string_view text) { parts_->say(text); }

void line_editor::wake() noexcept { ::eventfd_write(parts_->woken, 1); }

} // namespace tidemark::cli
