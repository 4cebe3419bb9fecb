/// Causes told apart: how far a failure reaches, and whether waiting cures it.
#pragma once

#include "messages/error.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// A failure that is not about the question: the import as a whole cannot go on now.
bool stands_in_the_way(ec code) noexcept;

/// The account says at once that it will not have such a query: another way of asking may do.
bool is_about_the_query(ec code) noexcept;

/// What an import that is paused for this failure waits for. `none` where waiting cures nothing (a damaged
/// database, a defect): the import fails, with the failure's sentence.
pause_cause cured_by_waiting(ec code) noexcept;

/// The database refuses this record type alone (a table of somebody else's in its place, a changed key or
/// field type): the type fails, with the failure's sentence.
bool refuses_the_type(ec code) noexcept;

} // namespace tidemark
