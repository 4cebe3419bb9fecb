/// A command that was read from words, ready to be carried out.
#pragma once

#include "tools/tidemark/grammar.hpp"

#include <any>
#include <optional>
#include <string>
#include <utility>

namespace tidemark::cli {

class command {
public:
  /// `entry` outlives the command: entries live as long as the program.
  command(const command_entry& entry, std::any input) : entry_(&entry), input_(std::move(input)) {}

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
};

/// A whole command line.
struct invocation {
  std::string node; ///< the address as it was given; empty: look in the environment
  bool json = false;
  std::optional<std::string> script; ///< of -c
  std::optional<command> what;       ///< nothing if no command was given
};

} // namespace tidemark::cli
