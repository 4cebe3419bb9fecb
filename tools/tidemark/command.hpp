/// The commands as values: made from words by the command line, carried out by `run`.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace tidemark::cli {

struct import_start_command {
  std::string tenant;
  std::string record_type;
  bool wait = false; ///< stay until it ends
};

struct import_status_command {
  std::string id;
};

struct import_cancel_command {
  std::string id;
};

/// Rests until `resume`, also over restarts of the node.
struct import_pause_command {
  std::string id;
};

struct import_resume_command {
  std::string id;
  bool wait = false; ///< stay until it ends
};

struct import_list_command {
  std::string tenant; ///< empty: all tenants
  std::uint32_t limit = 20;
};

struct import_watch_command {
  std::string id;
};

struct record_types_command {};

struct plan_command {
  std::string tenant;
  std::string record_type;
};

struct node_status_command {};

struct version_command {};

/// Text that was asked for; already whole.
struct help_command {
  std::string text;
};

using command =
    std::variant<import_start_command, import_status_command, import_cancel_command, import_pause_command,
                 import_resume_command, import_list_command, import_watch_command, record_types_command,
                 plan_command, node_status_command, version_command, help_command>;

/// False for commands that are answered without a node.
inline bool needs_node(const command& what) {
  return !std::holds_alternative<version_command>(what) && !std::holds_alternative<help_command>(what);
}

/// A whole command line.
struct invocation {
  std::string node; ///< the address as it was given; empty: look in the environment
  bool json = false;
  command what;
};

} // namespace tidemark::cli
