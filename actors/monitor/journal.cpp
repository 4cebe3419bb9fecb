#include "actors/monitor/journal.hpp"

#include "actors/supervision.hpp"

#include <algorithm>

namespace tidemark {

namespace {

// Events that wait for a subscriber's credit. One that is further behind gets the state instead of the
// history.
constexpr std::size_t longest_backlog = 1000;

// Ended imports that a snapshot still shows.
constexpr std::size_t ended_kept = 100;

/// Whether an event with this head is told to those who follow one import: it may be about its whole tenant,
/// or about none.
bool concerns(const import_status& head, std::string_view import_id) {
  if (!head.id.empty()) return head.id == import_id;
  return head.tenant.empty() || import_id.starts_with(head.tenant + ".");
}

} // namespace

void journal_state::publish(const import_event& event) {
  auto stamped = event;
  stamped.epoch = epoch;
  stamped.sequence = ++sequence;
  if (stamped.import.unseen) keep_figures(stamped);
  if (is_alert(stamped))
    complete_head(stamped);
  else
    fold(stamped);
  for (auto& [address, to] : subscriptions) {
    if (!to.import_id.empty() && !concerns(stamped.import, to.import_id)) continue;
    if (!to.needs_snapshot) {
      to.backlog.push_back(stamped);
      if (to.backlog.size() > longest_backlog) {
        to.backlog.clear();
        to.needs_snapshot = true;
      }
    }
    serve(to);
  }
}

/// An alert changes nothing about its import; whoever follows that gets it with the head that it has.
void journal_state::complete_head(import_event& event) const {
  auto known = imports.find(event.import.id);
  if (known == imports.end()) return;
  event.import = known->second;
  event.import.types.clear();
  event.import.notes.clear();
}

/// What cannot be read has not gone: it stays as it was told last.
void journal_state::keep_figures(import_event& event) const {
  auto found = imports.find(event.import.id);
  if (found == imports.end()) return;
  auto& known = found->second;
  auto& told = event.import;
  told.unseen = known.unseen;
  told.batches = known.batches;
  told.records = known.records;
  told.progress = known.progress;
  told.pick_ups = known.pick_ups;
  // Other kinds carry what has changed, which here is nothing.
  if (event.kind != "import_state") return;
  told.types = known.types;
  told.notes = known.notes;
}

void journal_state::fold(const import_event& event) {
  auto& known = imports[event.import.id];
  auto types = std::move(known.types);
  auto notes = std::move(known.notes);
  bool was_ended = is_final(known.state);
  known = event.import;
  if (event.kind == "import_state") {
    if (!was_ended && is_final(known.state)) {
      ended.push_back(known.id);
      forget_oldest();
    }
    return;
  }
  for (auto& changed : known.types) {
    auto found = std::ranges::find(types, changed.name, &type_status::name);
    if (found != types.end())
      *found = changed;
    else
      types.push_back(changed);
  }
  notes.insert(notes.end(), known.notes.begin(), known.notes.end());
  known.types = std::move(types);
  known.notes = std::move(notes);
}

void journal_state::forget_oldest() {
  if (ended.size() <= ended_kept) return;
  imports.erase(ended.front());
  ended.pop_front();
}

void journal_state::forget(const forget_tenant& tenant) {
  auto gone = std::erase_if(imports, [&](auto& entry) { return entry.second.tenant == tenant.id; });
  if (gone == 0) return;
  std::erase_if(ended, [&](auto& id) { return !imports.contains(id); });
  for (auto& [address, to] : subscriptions) {
    to.backlog.clear();
    to.needs_snapshot = true;
    serve(to);
  }
}

void journal_state::add_subscriber(const subscribe& wanted) {
  auto who = caf::actor_cast<subscriber_actor>(self->current_sender());
  if (!who) return;
  auto [entry, added] = subscriptions.try_emplace(who.address());
  if (added) self->monitor(who);
  entry->second = subscription{who, wanted.import_id, wanted.credit, {}, true};
  serve(entry->second);
}

void journal_state::add_credit(const more_events& more) {
  auto found = subscriptions.find(self->current_sender()->address());
  if (found == subscriptions.end()) return;
  found->second.credit += more.credit;
  serve(found->second);
}

void journal_state::serve(subscription& to) {
  if (to.needs_snapshot && to.credit > 0) {
    journal_snapshot snapshot{epoch, sequence, {}};
    for (auto& [id, status] : imports)
      if (to.import_id.empty() || to.import_id == id) snapshot.imports.push_back(status);
    to.needs_snapshot = false;
    --to.credit;
    send(self, to.who, std::move(snapshot));
  }
  while (to.credit > 0 && !to.backlog.empty()) {
    --to.credit;
    send(self, to.who, std::move(to.backlog.front()));
    to.backlog.pop_front();
  }
}

void journal_state::subscriber_down(const caf::actor_addr& who) { subscriptions.erase(who); }

journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self,
                                     std::uint64_t epoch) {
  name_exceptions(self);
  state_of(self).epoch = epoch;
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).subscriber_down(down.source); });
  return {
      [self](const import_event& event) { state_of(self).publish(event); },
      [self](const forget_tenant& tenant) { state_of(self).forget(tenant); },
      [self](const subscribe& wanted) { state_of(self).add_subscriber(wanted); },
      [self](const more_events& more) { state_of(self).add_credit(more); },
  };
}

} // namespace tidemark
