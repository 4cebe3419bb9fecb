/// One import as the journal tells it: a snapshot, then events, each counted once.
#pragma once

#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tidemark::cli {

/// Puts an event's status over what is known: everything but record types and notes is told whole every time.
void fold(import_status& known, const import_status& changed);

class import_view {
public:
  enum class effect : std::uint8_t {
    applied,
    told,      ///< an alert: nothing of the import has changed
    ignored,   ///< of another import, told already, or before the first snapshot
    missing,   ///< a snapshot without the import: the journal does not know it (any more), the ledger may
    restarted, ///< of another life of the journal: what follows means nothing until the next snapshot
  };

  explicit import_view(std::string id) : id_(std::move(id)) {}

  /// A snapshot takes the place of everything known before, unless it lacks the import.
  effect apply(const journal_snapshot& snapshot);

  effect apply(const import_event& event);

  /// What the node answered to a question of its own, outside of the stream.
  void replace(import_status status) { status_ = std::move(status); }

  /// Null until something is known.
  const import_status* status() const { return status_ ? &*status_ : nullptr; }

private:
  std::string id_;
  std::optional<import_status> status_;
  std::uint64_t epoch_ = 0;
  std::uint64_t sequence_ = 0;
  bool streaming_ = false; ///< a snapshot has come, and its journal lives
};

} // namespace tidemark::cli
