/// Carries out lines of commands over a link that is made anew when the node was lost.
#pragma once

#include "tools/tidemark/console.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/inbox.hpp"
#include "tools/tidemark/node_link.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::cli {

class interpreter {
public:
  /// Links with the node behind `path` when a command needs it.
  /// `stops_at_failure`: a command that fails is the last one.
  interpreter(std::string path, inbox& in, console to, std::string user, bool stops_at_failure = false);

  /// Carries out the commands of a line, one after the other. Troubles are told, after `where` ("line 3: ").
  /// The code is that of the last one that failed.
  exit_code run(std::string_view text, const std::string& where = {});
  /// "exit" was among them, somebody wants the program to end, or a failure is to end it.
  bool leaving() const { return leaving_; }

  /// Links with the node unless there is a link that works.
  attempt<void> connect(const patience& waits);
  /// The link; null if there is none, or the node was lost.
  node_link* link();
  const std::string& path() const { return path_; }
  const console& to() const { return to_; }

private:
  exit_code run_words(const std::vector<std::string>& words);
  exit_code end_if_asked_to(exit_code code);

  std::string path_;
  inbox& in_;
  console to_;
  std::string user_;
  bool stops_at_failure_;
  std::unique_ptr<node_link> link_;
  bool leaving_ = false;
};

} // namespace tidemark::cli
