/// What an import makes of the facts that it hears, and how it tells its own, whichever path it takes.
#pragma once

#include <optional>
#include <string>

#include "actors/import/import_progress.hpp"
#include "actors/request/netsuite_call.hpp"
#include "config/dependency_graph.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/store.hpp"
#include "messages/wire/journal.hpp"

namespace tidemark {

/// The import as it enters a state now; `paused_by` counts for a paused one.
import_row entering(import_row row, import_state state, const std::string& error, pause_cause paused_by,
                    unix_ms now);

/// Writes that down.
save_import_state to_save(const import_row& row);

/// For the journal. A change of the import's own state may concern all of its types, so it carries them;
/// other events carry the record type, if the import has it, and the note that they are about, if any.
import_event event_of(const import_progress& progress, std::string kind, const std::string& record_type,
                      const import_note* note, unix_ms now);

/// A failed attempt of a batch, for the monitor.
error_seen error_of(const import_row& import, const batch_row& row, unix_ms now);

/// The record types that the import has planned.
type_names planned_types(const import_progress& progress);

/// What ends with the import without having ended by itself.
void cancel_open_types(import_progress& progress);

/// The record type was run by this import itself, and its records are in.
bool is_in(const type_row& row) noexcept;

/// Another import has run the record type, and its records are in.
bool is_taken(const type_row& row) noexcept;

/// What depends on a record type in this state may run.
bool lets_others_begin(type_state state) noexcept;

/// The row with what its verification said.
type_row with_result(type_row row, const type_verified& found);

/// The row with what the deletion run found of its type; nothing if that is nothing.
std::optional<type_row> with_deletions(type_row row, const deletions_done& found);

/// The type as another import has run it for this one.
type_row taken_as(type_row own, const claim_decided& decided, unix_ms now);

/// The time that watermarks move to, of the answer to a question for the account's time; nothing if the
/// question has failed. Accounts before release 2025.2 have no such service: the Date header of their refusal
/// does as well. Neither is believed where it is far ahead of `local`, this node's clock (`most_ahead`), and
/// an answer need not have a Date: then it is an hour before `local`. Whichever clock is the wrong one, too
/// early a time only has some changes read twice, and one that is ahead would lose what changes until then.
std::optional<unix_ms> server_time_of(const call_result& result, unix_ms local);

/// The same of an answer that may be a failure of the moment, once it has come again and again while the
/// account answers others: the question itself is what fails.
std::optional<unix_ms> server_time_in_spite_of(const call_result& result, unix_ms local);

/// That deletions of the type are held, and what to do about it; nothing if none are.
std::optional<import_note> note_on_held(const std::string& import_id, const type_row& row, unix_ms now);

/// The report on a type that is not compared with the account; nothing if it may be. It would differ in
/// nearly everything, and be read anew, where deletions are held.
std::optional<type_verified> why_not_compared(const type_row& row);

/// That another import holds deletions of a type that this one has read changes of.
import_note note_on_held(const held_deletions& held, unix_ms now);

/// What people should know about a verification; nothing if the record type is complete.
std::optional<import_note> note_on(const type_verified& found, unix_ms now);

/// That the account's log of deletions could not be read.
import_note note_on_unread_deletions(const failure& why, unix_ms now);

/// The report of a verifier that died without one.
type_verified lost_verification(const std::string& record_type, const std::string& why);

} // namespace tidemark
