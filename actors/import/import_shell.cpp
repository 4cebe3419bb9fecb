#include "actors/import/import_shell.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/import/plan_review.hpp"
#include "config/logging.hpp"
#include "config/type_description.hpp"
#include "messages/promise.hpp"

namespace tidemark {

// -- beginning
// -----------------------------------------------------------------------------------------------------

void import_shell::start(const import_row& row, import_settings with, import_parent parent) {
  id = row.id;
  progress.emplace(row);
  settings = std::move(with);
  tenant = std::move(parent);
  ask_store(load_import{id}, [this](const ledger_snapshot& snapshot) { loaded(snapshot); });
}

void import_shell::loaded(const ledger_snapshot& snapshot) {
  loaded_from_ledger = true;
  take(snapshot);
  waiters.answer(waiters.status, progress->status(wall_now()));
  auto state = snapshot.import.state;
  steps.emplace(snapshot.import.mode, snapshot.import.options, *settings.types);
  if (is_final(state)) {
    over = true; // whoever ran it died just after its end was written
    return ended();
  }
  if (state == import_state::cancelling) why = ending::cancel;
  if (why != ending::none) return end_if_at_rest(); // it was stopped while we were reading, or before
  tell("import_state");
  bool cut_off =
      std::ranges::any_of(snapshot.batches, [](auto& row) { return row.state == batch_state::running; });
  ask_store(reset_running{id, std::nullopt, settings.after_death}, [this, cut_off](const done&) {
    if (!cut_off) return plan();
    ask_store(load_import{id}, [this](const ledger_snapshot& anew) {
      take(anew);
      plan();
    });
  });
}

void import_shell::take(const ledger_snapshot& snapshot) {
  progress->apply(snapshot.import);
  for (auto& row : snapshot.types) progress->apply(row);
  for (auto& row : snapshot.batches) {
    has_batches.insert(row.record_type);
    progress->apply(row);
  }
  take_batches(snapshot.batches);
  for (auto& known : snapshot.notes) {
    progress->apply(known);
    noted.insert(fmt::format("{}/{}/{}", known.code, known.record_type, known.subject));
    if (way_of(known)) take_way(ways[known.record_type], known);
  }
}

void import_shell::plan() {
  if (why != ending::none) return end_if_at_rest();
  auto& main = progress->import().record_type;
  if (auto known = planned_types(*progress); !known.empty()) {
    // It lives by what it planned, whatever the criteria say now.
    auto* described = settings.types->find(main);
    // A group has no row of its own; one that has left the criteria is told from that alone.
    bool has_row = described != nullptr && !described->is_group;
    if (has_row && !known.contains(main)) return stop_for(ending::fail, lost_main_type(main));
    graph = resolve_planned(*settings.types, main, known);
    return run();
  }
  auto resolved = progress->import().mode == import_mode::verify ? resolve_alone(*settings.types, main)
                                                                 : resolve(*settings.types, main);
  if (!resolved) return stop_for(ending::fail, resolved.error());
  graph = std::move(*resolved);
  change_state(import_state::planning, "", [this] {
    if (why == ending::none) ask_server_time();
  });
}

void import_shell::server_time_known(unix_ms server_time) {
  save_types all{id, {}};
  for (std::uint32_t wave = 0; wave < graph->waves().size(); ++wave)
    for (auto& record_type : graph->waves()[wave]) {
      type_row row;
      row.name = record_type;
      row.wave = wave;
      row.server_time = server_time;
      if (auto* described = settings.types->find(record_type))
        row.description = describe(*described, *settings.types);
      all.types.push_back(std::move(row));
    }
  ask_store(all, [this, all](const done&) {
    for (auto& row : all.types) progress->apply(row);
    run();
  });
}

void import_shell::run() {
  if (why != ending::none) return end_if_at_rest();
  change_state(import_state::running, "", [this] {
    if (why == ending::none) planned();
  });
}

/// What a reload, or a start with other files, has made of the record types that are planned.
void import_shell::planned() {
  auto found = review_all(
      *progress, [this](auto& record_type) { return has_batches.contains(record_type); }, *settings.types,
      wall_now());
  broken = std::move(found.broken);
  for (auto& row : found.changed) progress->apply(row);
  for (auto& left_out : found.left_out) note(left_out);
  // A death may have come between the end of a type and its note.
  for (auto& row : progress->rows()) note_losses(row);
  if (found.changed.empty()) return run_path();
  ask_store(save_types{id, std::move(found.changed)}, [this](const done&) {
    if (why != ending::none) return end_if_at_rest();
    run_path();
  });
}

const std::string* import_shell::why_broken(const std::string& record_type) const {
  auto found = broken.find(record_type);
  return found == broken.end() ? nullptr : &found->second;
}

// -- record types
// --------------------------------------------------------------------------------------------------

void import_shell::fold(const type_row& row) {
  progress->apply(row);
  tell("type_state", 0, row.name);
}

void import_shell::claim_types() {
  auto& import_row = progress->import();
  struct claim_types wanted{id, {}, import_row.mode, import_row.options};
  for (auto& row : progress->rows())
    if (!is_final(row.state)) wanted.types.push_back({row.name, row.description});
  send(self, tenant, std::move(wanted));
}

void import_shell::type_is_in(const type_row& row) {
  if (progress->import().mode == import_mode::verify) return;
  if (is_in(row)) return steps->ended(row, why_broken(row.name) == nullptr);
  if (is_taken(row)) steps->taken(row, why_broken(row.name) == nullptr);
}

bool import_shell::end_of_type(const type_row& row) {
  fold(row);
  log(log_level::info, "import", "type_ended", "import {}: {} {}{}{}", id, row.name, to_string(row.state),
      row.error.empty() ? "" : ": ", row.error);
  note_losses(row);
  type_is_in(row);
  if (why != ending::none || !steps->is_open(row.name)) send(self, tenant, type_ended{id, row});
  if (why != ending::none) {
    end_if_at_rest();
    return false;
  }
  if (row.state != type_state::failed) return true;
  type_failed(row);
  return false;
}

void import_shell::type_failed(const type_row& row) {
  stop_for(ending::fail,
           {ec::internal, fmt::format("record type {} failed: {}", row.name, row.error), row.name});
}

/// By its place among the planned types, which never changes; from 1 on.
std::uint64_t import_shell::ordinal_of(const std::string& record_type) const {
  std::uint64_t ordinal = 1;
  for (auto& row : progress->rows()) ordinal += row.name < record_type ? 1 : 0;
  return ordinal;
}

// -- what others see
// -----------------------------------------------------------------------------------------------

caf::result<import_status> import_shell::status() {
  if (loaded_from_ledger) return progress->status(wall_now());
  waiters.status.push_back(make_promise<import_status>(self));
  return waiters.status.back();
}

void import_shell::note(const import_note& added) {
  if (!noted.insert(fmt::format("{}/{}/{}", added.code, added.record_type, added.subject)).second) return;
  if (way_of(added)) take_way(ways[added.record_type], added);
  progress->apply(added);
  ask_store(add_note{id, added}, [this](const done&) { end_if_at_rest(); });
  log(log_level::warning, "import", "note", "import {}: {}", id, added.text);
  tell("note", 0, added.record_type, &added);
}

void import_shell::take_notes(const std::vector<import_note>& known) {
  for (auto& each : known) {
    if (!noted.insert(fmt::format("{}/{}/{}", each.code, each.record_type, each.subject)).second) continue;
    if (way_of(each)) take_way(ways[each.record_type], each);
    progress->apply(each);
    tell("note", 0, each.record_type, &each);
  }
}

void import_shell::note_losses(const type_row& row) {
  if (auto held = note_on_held(id, row, wall_now())) note(*held);
  if (!row.kept_aside.empty()) note(note_on_kept_values(row, wall_now()));
}

void import_shell::tell_monitor(const batch_row& row) {
  if (settings.monitor) send(self, settings.monitor, error_of(progress->import(), row, wall_now()));
}

void import_shell::tell(std::string kind, std::uint64_t batch, const std::string& record_type,
                        const import_note* about) {
  auto event = event_of(*progress, std::move(kind), record_type, about, wall_now());
  event.batch = batch;
  send(self, settings.journal, std::move(event));
}

} // namespace tidemark
