#include "tools/tidemark/interpreter.hpp"

#include "tools/tidemark/command_line.hpp"
#include "tools/tidemark/line_words.hpp"
#include "tools/tidemark/session_commands.hpp"
#include "tools/tidemark/surroundings.hpp"
#include "tools/tidemark/tell.hpp"

namespace tidemark::cli {

interpreter::interpreter(std::string path, inbox& in, console to, std::string user, bool stops_at_failure)
    : path_(std::move(path)),
      in_(in),
      to_(std::move(to)),
      user_(std::move(user)),
      stops_at_failure_(stops_at_failure) {}

node_link* interpreter::link() {
  if (link_ && in_.is_lost()) {
    link_.reset();
    in_.forget_loss();
  }
  return link_.get();
}

attempt<void> interpreter::connect(const patience& waits) {
  if (link() != nullptr) return {};
  auto made = node_link::open(path_, in_, waits);
  if (!made) {
    // What the attempt has left there must not end the next one.
    in_.forget_loss();
    return std::unexpected(std::move(made.error()));
  }
  link_ = std::move(*made);
  return {};
}

exit_code interpreter::run(std::string_view text, const std::string& where) {
  to_.where = where;
  auto commands = split_line(text);
  if (!commands) return end_if_asked_to(complain(to_, commands.error()));
  auto code = exit_code::done;
  for (auto& words : *commands) {
    if (auto one = run_words(words); one != exit_code::done) code = one;
    end_if_asked_to(code);
    // Who interrupts one command does not mean the next ones to begin.
    if (leaving_ || code >= exit_code::interrupted) break;
  }
  if (code == exit_code::terminated) leaving_ = true;
  return code;
}

exit_code interpreter::end_if_asked_to(exit_code code) {
  if (stops_at_failure_ && code != exit_code::done) leaving_ = true;
  return code;
}

exit_code interpreter::run_words(const std::vector<std::string>& words) {
  auto wanted = parse_in_session(words);
  if (!wanted) {
    auto to = to_;
    to.json = to.json || wants_json(words);
    return complain(to, wanted.error());
  }
  if (!wanted->what) return exit_code::done;
  auto& what = *wanted->what;
  if (what.input<leave_words>() != nullptr) {
    leaving_ = true;
    return exit_code::done;
  }
  if (auto* json = what.input<json_words>()) {
    to_.json = json->on.value_or(!to_.json);
    return exit_code::done;
  }
  auto to = wanted->quiet ? to_.silenced() : to_;
  to.json = to.json || wanted->json;
  if (!what.needs_node()) return what.run(to);
  if (auto linked = connect({}); !linked) return complain(to, linked.error());
  return what.run({*link_, in_, to, user_});
}

} // namespace tidemark::cli
