#include "actors/import/import_facts.hpp"

#include <fmt/format.h>

#include "messages/clock_bounds.hpp"
#include "netsuite/misfits.hpp"
#include "netsuite/requests.hpp"

namespace tidemark {

import_row entering(import_row row, import_state state, const std::string& error, pause_cause paused_by,
                    unix_ms now) {
  row.state = state;
  row.error = error;
  row.paused_by = state == import_state::paused ? paused_by : pause_cause::none;
  if (state == import_state::planning && row.started_at == 0) row.started_at = now;
  if (is_final(state)) row.finished_at = now;
  return row;
}

save_import_state to_save(const import_row& row) {
  return {row.id, row.state, row.error, row.started_at, row.finished_at, row.paused_by};
}

import_event event_of(const import_progress& progress, std::string kind, const std::string& record_type,
                      const import_note* note, unix_ms now) {
  import_event event;
  event.at = now;
  event.kind = std::move(kind);
  event.import = event.kind == "import_state" ? progress.status(now) : progress.head(now);
  if (progress.find(record_type) != nullptr) event.import.types = {progress.type(record_type)};
  if (note != nullptr) event.import.notes = {*note};
  return event;
}

error_seen error_of(const import_row& import, const batch_row& row, unix_ms now) {
  return {{now, import.tenant, import.id, row.record_type, row.number, row.error_code, row.native_code,
           row.error_text, row.operation_id}};
}

type_names planned_types(const import_progress& progress) {
  type_names names;
  for (auto& row : progress.rows()) names.insert(row.name);
  return names;
}

void cancel_open_types(import_progress& progress) {
  std::vector<type_row> open;
  for (auto& row : progress.rows())
    if (!is_final(row.state)) open.push_back(row);
  for (auto& row : open) {
    row.state = type_state::cancelled;
    progress.apply(row);
  }
}

bool is_in(const type_row& row) noexcept {
  return row.taken_from.empty() && row.planned
         && (row.state == type_state::completed || row.state == type_state::completed_with_errors);
}

bool is_taken(const type_row& row) noexcept {
  return !row.taken_from.empty()
         && (row.state == type_state::completed || row.state == type_state::completed_with_errors);
}

bool lets_others_begin(type_state state) noexcept {
  return state == type_state::completed || state == type_state::completed_with_errors
         || state == type_state::skipped;
}

type_row taken_as(type_row own, const claim_decided& decided, unix_ms now) {
  own.state = decided.result.state;
  own.taken_from = decided.other;
  own.planned = true;
  own.changed_since = decided.result.changed_since;
  own.verified = decided.result.verified;
  own.finished_at = now;
  return own;
}

namespace {

bool is_believed(unix_ms told, unix_ms local) noexcept { return told != 0 && told <= local + most_ahead; }

unix_ms date_of(const call_result& result, unix_ms local) {
  auto date = result.response.server_date;
  return is_believed(date, local) ? date : local - margin_of_doubt;
}

} // namespace

std::optional<unix_ms> server_time_of(const call_result& result, unix_ms local) {
  switch (result.what.code) {
  case ec::none: {
    if (auto time = parse_server_time(result.response); time && is_believed(*time, local)) return *time;
    return date_of(result, local);
  }
  case ec::rejected:
  case ec::missing_table:
  case ec::unknown_column:
  case ec::unsupported_query:
  case ec::wrong_language:
  case ec::permission: return date_of(result, local);
  default: return std::nullopt;
  }
}

std::optional<unix_ms> server_time_in_spite_of(const call_result& result, unix_ms local) {
  if (result.what.code == ec::server && !result.excused) return date_of(result, local);
  return server_time_of(result, local);
}

namespace {

void take_settled(type_row& row, const type_row& settled) {
  row.deleted = settled.deleted;
  row.held = settled.held;
  row.held_of = settled.held_of;
  row.kept_aside = settled.kept_aside;
  if (is_final(row.state)) row.state = settled.state;
}

} // namespace

type_row with_result(type_row row, const type_verified& found) {
  row.verified = found.result;
  if (found.settled) take_settled(row, *found.settled);
  return row;
}

std::optional<type_row> with_deletions(type_row row, const deletions_done& found) {
  auto settled = found.settled.find(row.name);
  auto deleted = found.deleted.find(row.name);
  if (settled == found.settled.end() && deleted == found.deleted.end()) return std::nullopt;
  if (settled != found.settled.end()) take_settled(row, settled->second);
  if (deleted != found.deleted.end()) row.deleted += deleted->second;
  return row;
}

std::optional<import_note> note_on_held(const std::string& import_id, const type_row& row, unix_ms now) {
  if (row.held == 0) return std::nullopt;
  return import_note{
      row.name,
      "deletions_held",
      {},
      fmt::format(
          "{0}: {1} of {2} live records did not come, more than its deletion_guard lets go at once, so "
          "none of them is deleted: if they are gone, \"tidemark import accept-deletions {3} --type "
          "{0}\"; if the role sees less than before, give it back its permissions and import in full "
          "again",
          row.name, row.held, row.held_of, import_id),
      now};
}

import_note note_on_held(const held_deletions& held, unix_ms now) {
  return {
      held.record_type,
      "deletions_held",
      {},
      fmt::format("{0}: import {1} still holds the deletion of {2} of {3} records, so what has changed in "
                  "them may lack: if they are gone, \"tidemark import accept-deletions {1} --type {0}\", "
                  "which asks the account for each of them once more; otherwise import in full again, or "
                  "with --reconcile",
                  held.record_type, held.import_id, held.count, held.of),
      now};
}

std::optional<type_verified> why_not_compared(const type_row& row) {
  if (row.held == 0) return std::nullopt;
  return lost_verification(row.name,
                           fmt::format("not compared with the account: the deletion of {} of {} live "
                                       "records is held",
                                       row.held, row.held_of));
}

std::optional<import_note> note_on(const type_verified& found, unix_ms now) {
  if (found.result.result == proof::complete) return std::nullopt;
  auto code = found.result.result == proof::differs ? found.code : "not_verified";
  if (code.empty()) return std::nullopt;
  return import_note{
      found.record_type, code, {}, fmt::format("{}: {}", found.record_type, found.result.text), now};
}

import_note note_on_unread_deletions(const failure& why, unix_ms now) {
  return {{},
          "deletions_unread",
          "deletedrecord",
          fmt::format("the account's log of deletions cannot be read, so what was deleted is found by a "
                      "full import or with --reconcile only: {}",
                      why.message),
          now};
}

type_verified lost_verification(const std::string& record_type, const std::string& why) {
  type_verified lost{record_type, {}, {}, {}};
  lost.result.result = proof::failed;
  lost.result.text = why;
  return lost;
}

} // namespace tidemark
