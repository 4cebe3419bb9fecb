#include "tools/tidemark/repl.hpp"

#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/line_editor.hpp"
#include "tools/tidemark/name_source.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>

#include <variant>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;

// Between two attempts to reach a node that is away.
constexpr std::chrono::milliseconds reconnect_pause = 1s;

// An attempt that is made while somebody may be typing must be short.
patience short_patience() {
  patience waits;
  waits.connect = 400ms;
  waits.request = 2s;
  return waits;
}

class prompt {
public:
  prompt(interpreter& with, inbox& in)
      : with_(with), in_(in), editor_(hooks(), history_file{default_history_path()}) {
    in_.wake_by([this] { editor_.wake(); });
  }
  ~prompt() { in_.wake_by({}); }
  prompt(const prompt&) = delete;
  prompt& operator=(const prompt&) = delete;

  exit_code run();

private:
  line_editor_hooks hooks();
  line_editor_hooks::wish look();
  /// Looks whether the node went or came; what there is to say, or nothing.
  line news();
  line arrival(bool again);

  interpreter& with_;
  inbox& in_;
  name_source names_;
  line_editor editor_;
  std::string node_; ///< the name of the node that there was last
  bool here_ = false;
  clock::time_point next_attempt_{};
  exit_code ending_ = exit_code::done;
};

line_editor_hooks prompt::hooks() {
  return {[this]() -> line_editor_hooks::prompt_text {
            auto name = node_.empty() ? "tidemark" : node_;
            if (!here_) name += " (away)";
            return {name + (with_.to().json ? " json> " : "> "), with_.to().colour};
          },
          [this](std::string_view before_cursor) {
            return complete(commands(), before_cursor,
                            [this](word_kind kind) { return names_.names(kind, with_.link()); });
          },
          [this] { return look(); },
          [this]() -> std::optional<std::chrono::milliseconds> {
            if (here_) return std::nullopt;
            return std::chrono::ceil<std::chrono::milliseconds>(next_attempt_ - clock::now());
          }};
}

line_editor_hooks::wish prompt::look() {
  using wish = line_editor_hooks::wish;
  auto found = wish::none;
  auto got = in_.wait_for_stream(clock::now());
  if (auto* end = std::get_if<interrupted>(&got)) {
    if (end->code == exit_code::interrupted) return wish::interrupt;
    ending_ = end->code;
    return wish::close;
  }
  if (std::holds_alternative<terminal_changed>(got)) found = wish::redraw;
  if (auto said = news(); !said.empty()) {
    std::string text;
    for (auto& x : folded(said, with_.to().width())) text += paint(x, with_.to().colour) + "\n";
    editor_.say(text);
  }
  return found;
}

line prompt::arrival(bool again) {
  auto* link = with_.link();
  here_ = link != nullptr;
  if (!here_) return {};
  node_ = link->node();
  auto first = again ? node_ + " is back" : "connected to " + node_;
  auto status = link->ask(query_node{}, short_patience().request);
  if (!status) return {{first, tone::good}};
  return {{first, tone::good},
          {fmt::format(": {}, {} running, started {} ago", counted(status->tenants.size(), "tenant"),
                       counted(status->imports_running, "import"),
                       duration_text(wall_clock() - status->started_at))}};
}

line prompt::news() {
  if (with_.link() != nullptr) return here_ ? line{} : arrival(!node_.empty());
  auto now = clock::now();
  if (here_) {
    here_ = false;
    next_attempt_ = now + reconnect_pause;
    return {{fmt::format("{} went away; this prompt connects again when it is back", node_), tone::warning}};
  }
  if (now < next_attempt_) return {};
  auto linked = with_.connect(short_patience());
  next_attempt_ = clock::now() + reconnect_pause;
  return linked ? arrival(!node_.empty()) : line{};
}

exit_code prompt::run() {
  auto& to = with_.to();
  to.say({{"tidemark " TIDEMARK_VERSION, tone::strong},
          {"   help tells the commands, the tab key completes, Ctrl-D leaves", tone::dim}});
  if (auto linked = with_.connect({}); !linked) {
    to.complain(linked.error());
    if (linked.error().code == exit_code::refused) return linked.error().code;
    next_attempt_ = clock::now() + reconnect_pause;
    to.say({{"this prompt connects when the node is there", tone::dim}});
  }
  while (!with_.leaving() && ending_ == exit_code::done) {
    if (auto said = news(); !said.empty()) to.say(said);
    auto typed = editor_.read();
    if (typed.ended == line_editor::typed::how::closed) break;
    if (typed.ended == line_editor::typed::how::interrupted) continue;
    auto code = with_.run(typed.text);
    if (code == exit_code::terminated) ending_ = code;
  }
  return ending_;
}

} // namespace

exit_code run_prompt(interpreter& with, inbox& in) { return prompt{with, in}.run(); }

} // namespace tidemark::cli
