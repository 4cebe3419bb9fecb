#include "tools/tidemark/import_view.hpp"

#include <algorithm>
#include <tuple>

namespace tidemark::cli {

namespace {

bool same(const import_note& a, const import_note& b) {
  return std::tie(a.record_type, a.code, a.subject, a.text, a.at)
         == std::tie(b.record_type, b.code, b.subject, b.text, b.at);
}

void merge_type(std::vector<type_status>& known, const type_status& changed) {
  auto found = std::ranges::find(known, changed.name, &type_status::name);
  if (found != known.end()) {
    *found = changed;
    return;
  }
  auto order = [](const type_status& x) { return std::tie(x.wave, x.name); };
  known.insert(std::ranges::upper_bound(known, order(changed), {}, order), changed);
}

void merge_note(std::vector<import_note>& known, const import_note& added) {
  if (std::ranges::none_of(known, [&](auto& note) { return same(note, added); })) known.push_back(added);
}

} // namespace

void fold(import_status& known, const import_status& changed) {
  auto types = std::move(known.types);
  auto notes = std::move(known.notes);
  for (auto& type : changed.types) merge_type(types, type);
  for (auto& note : changed.notes) merge_note(notes, note);
  known = changed;
  known.types = std::move(types);
  known.notes = std::move(notes);
}

import_view::effect import_view::apply(const journal_snapshot& snapshot) {
  epoch_ = snapshot.epoch;
  sequence_ = snapshot.sequence;
  streaming_ = true;
  auto found = std::ranges::find(snapshot.imports, id_, &import_status::id);
  if (found == snapshot.imports.end()) return effect::missing;
  status_ = *found;
  return effect::applied;
}

import_view::effect import_view::apply(const import_event& event) {
  if (!streaming_) return effect::ignored;
  if (event.epoch != epoch_) {
    streaming_ = false;
    return effect::restarted;
  }
  if (event.sequence <= sequence_) return effect::ignored;
  sequence_ = event.sequence;
  if (is_alert(event))
    return event.import.id == id_ || event.import.id.empty() ? effect::told : effect::ignored;
  if (event.import.id != id_) return effect::ignored;
  if (status_)
    fold(*status_, event.import);
  else
    status_ = event.import;
  return effect::applied;
}

} // namespace tidemark::cli
