/// A file beside a database that says what could not be written into it: its owner has stopped cleanly.
#pragma once

#include "messages/ledger.hpp"

#include <string>

namespace tidemark::sqlite {

/// Where the note of this database lies, whether or not the database is there.
std::string stop_note(const std::string& path);

/// Whether that could be written.
bool leave_stop_note(const std::string& path, const ownership& who);

/// Whether the owner that a database names left a note, and the database lacks nothing of what that owner had
/// written by then: an older copy may well have been cut off in the middle.
bool has_stop_note(const std::string& path, const ownership& found);

void remove_stop_note(const std::string& path);

/// Whether both are about one taking of one database, at whichever of its writes.
bool is_same(const ownership& a, const ownership& b) noexcept;

} // namespace tidemark::sqlite
