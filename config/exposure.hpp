/// Whether anybody but the node's user and root could change what a node goes by and what it keeps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "config/node_config.hpp"
#include "messages/error.hpp"

namespace tidemark {

/// Whose a file or a folder is, and whom its mode lets in.
struct file_access {
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0; ///< with the kind of file (S_IFMT)

  friend bool operator==(const file_access&, const file_access&) = default;
};

/// Of what a path leads to; nothing if it leads nowhere.
std::optional<file_access> access_of(const std::filesystem::path& path);

enum class file_role : std::uint8_t {
  rules, ///< what the node goes by: its configuration, criteria, trusted authorities
  kept,  ///< what it writes: databases, log
  data,  ///< a folder of databases, its own among them
  beside ///< another folder of what it goes by or writes
};

enum class concern : std::uint8_t { none, warning, refusal };

struct exposure {
  concern how = concern::none;
  std::string text = {}; ///< the rest of a sentence that begins with the path, with the remedy
};

/// What is to be said of it where the node runs as `us`. Refused: what belongs to somebody else, or what
/// everybody may write to. Only warned of: what another group may write to, unless that is the owner's
/// private one (of the same number; a clone under umask 002 looks so), records that everybody may read,
/// folders that are not the data folder's, and a data folder with a sticky bit.
exposure judge(const file_access& found, file_role role, uid_t us);

/// Looks at all files and folders of a configuration that are there. Returns what is only to be warned of,
/// each a sentence; `ec::bad_config` names all that is refused.
outcome<std::vector<std::string>> check_exposure(const node_config& config);

} // namespace tidemark
