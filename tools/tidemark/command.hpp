/// A command that was read from words, ready to be carried out.
#pragma once

#include "tools/tidemark/grammar.hpp"

#include <any>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::cli {

/// A word that means an import, and what takes its id.
struct import_word {
  const parameter* what = nullptr;
  std::string word;
};

class command {
public:
  /// `entry` outlives the command: entries live as long as the program. `imports` are the words of the input
  /// that mean imports; which they are only a node knows.
  command(const command_entry& entry, std::any input, std::vector<import_word> imports = {})
      : entry_(&entry), input_(std::move(input)), imports_(std::move(imports)) {}

  const command_entry& entry() const { return *entry_; }
  /// False for commands that are answered without a node.
  bool needs_node() const { return entry_->needs_node; }
  /// What the words filled, or null if it is another thing.
  template <class Input>
  const Input* input() const {
    return std::any_cast<Input>(&input_);
  }

  /// Carries the command out and tells its outcome on the console, troubles included.
  exit_code run(const surroundings& with) const;
  /// The same for a command that needs no node.
  exit_code run(const console& to) const;

private:
  const command_entry* entry_;
  std::any input_;
  std::vector<import_word> imports_;
};

/// A whole command line.
struct invocation {
  std::string node; ///< the address as it was given; empty: look in the environment
  bool json = false;
  bool quiet = false;
  bool stops_at_failure = false;     ///< of a script: what stands behind a command that failed is not begun
  std::optional<std::string> script; ///< of -c
  std::optional<command> what;       ///< nothing if no command was given
};

} // namespace tidemark::cli
