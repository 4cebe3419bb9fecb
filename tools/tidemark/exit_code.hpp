/// What the process tells its caller in one number.
#pragma once

#include "messages/error.hpp"
#include "messages/words.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace tidemark::cli {

enum class exit_code : std::uint8_t {
  done = 0,
  /// Wrong usage, or the node refuses: unknown names, conflicts, another protocol version.
  refused = 2,
  completed_with_errors = 3,
  /// The import failed, or the node could not do what it was asked to.
  failed = 4,
  cancelled = 5,
  /// The node cannot be reached, went away, or does not answer.
  node_lost = 6,
  paused = 7,
  /// Detached by Ctrl-C: 128 + SIGINT.
  interrupted = 130,
  /// Detached by a request to end: 128 + SIGTERM.
  terminated = 143,
};

/// Why a command did not do what it should. The sentence is for people.
struct trouble {
  exit_code code = exit_code::failed;
  std::string sentence;
};

template <class T>
using attempt = std::expected<T, trouble>;

/// True for the states in which an import stays until somebody acts: waiting for it ends here.
bool at_rest(import_state state) noexcept;

/// The code for an import that rests in this state; `done` for one that is under way.
exit_code exit_code_of(import_state state) noexcept;

/// The code for a failure that the node answered.
exit_code exit_code_of(ec code) noexcept;

} // namespace tidemark::cli
