/// All imports of a node that are under way, as the journal tells them.
#pragma once

#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tidemark::cli {

class fleet_view {
public:
  enum class effect : std::uint8_t {
    applied,
    ignored,   ///< told already, of an import that is over, or before the first snapshot
    restarted, ///< of another life of the journal: what follows means nothing until the next snapshot
  };

  /// Takes the place of everything known. Imports that have ended are not part of it.
  void apply(const journal_snapshot& snapshot);
  effect apply(const import_event& event);

  /// Those that have not ended, oldest first; a paused one rests, but is not over.
  std::vector<const import_status*> imports() const;
  const import_status* find(const std::string& id) const;
  /// Forgets an import that has ended, and what it still says.
  void drop(const std::string& id);

private:
  std::map<std::string, import_status> imports_;
  std::set<std::string> dropped_; ///< since the last snapshot
  std::uint64_t epoch_ = 0;
  std::uint64_t sequence_ = 0;
  bool streaming_ = false;
};

} // namespace tidemark::cli
