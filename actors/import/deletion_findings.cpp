#include "actors/import/deletion_findings.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tidemark {

namespace {

std::string text_of(const deletion_entry& entry) {
  return fmt::format("{}|{}|{}|{}|{}", entry.record, entry.type_id, entry.type, entry.script,
                     entry.deleted_at);
}

/// Whether another deletion of the same key would have an entry that differs. A log that tells the day alone
/// may have two that do not.
bool is_unmistakable(const deletion_entry& entry) {
  return !entry.deleted_at.empty() && !entry.deleted_at.ends_with("00:00:00");
}

} // namespace

deletion_findings::deletion_findings(const criteria& types, std::vector<const record_type*> asked,
                                     const deletion_log& known)
    : asked_(std::move(asked)), names_(types) {
  for (auto& name : known.names) names_.learn(name.named_as, name.record_type);
  for (auto& entry : known.settled) settled_.emplace(entry.record_type, entry.entry);
}

std::map<std::size_t, named_keys> deletion_findings::take(deletions_page page) {
  std::map<std::size_t, std::map<std::int64_t, named>> found;
  std::erase_if(page_, [&](const auto& entry) { return !kept_.contains(entry.first); });
  for (auto& entry : page.entries) {
    named_.insert(entry.record);
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      auto what = names_.of(entry, *asked_[i]);
      if (what == named::no) continue;
      if (what == named::perhaps && settled_.contains({asked_[i]->name, text_of(entry)})) continue;
      auto& said = found[i].try_emplace(entry.record, what).first->second;
      said = std::max(said, what);
    }
    page_.emplace(entry.record, std::move(entry));
  }
  std::map<std::size_t, named_keys> keys;
  for (auto& [type, of_type] : found)
    for (auto& [key, what] : of_type)
      (what == named::yes ? keys[type].sure : keys[type].perhaps).push_back(key);
  return keys;
}

void deletion_findings::answered(std::size_t type, const std::vector<std::int64_t>& present,
                                 const std::vector<std::int64_t>& gone) {
  if (type >= asked_.size()) return;
  auto& described = *asked_[type];
  for (auto key : gone) learn(described, key);
  for (auto key : present) {
    auto [begin, end] = page_.equal_range(key);
    for (auto entry = begin; entry != end; ++entry) {
      if (!is_unmistakable(entry->second) || names_.of(entry->second, described) != named::perhaps) continue;
      auto text = text_of(entry->second);
      if (settled_.emplace(described.name, text).second)
        found_.settled.push_back({described.name, std::move(text), entry->second.deleted_at});
    }
  }
}

/// From a record that is gone: its entry is called so, if it is called as nobody has said, and if there is
/// only one that may be about it.
void deletion_findings::learn(const record_type& type, std::int64_t key) {
  std::set<std::string> sure;
  std::set<std::string> perhaps;
  auto [begin, end] = page_.equal_range(key);
  for (auto entry = begin; entry != end; ++entry) {
    if (names_.is_known(entry->second, type)) return;
    auto what = names_.of(entry->second, type);
    if (what == named::yes) sure.insert(kind_of(entry->second));
    if (what == named::perhaps) perhaps.insert(kind_of(entry->second));
  }
  auto& kinds = sure.empty() ? perhaps : sure;
  if (kinds.size() != 1) return;
  names_.learn(*kinds.begin(), type.name);
  found_.names.push_back({type.name, *kinds.begin()});
}

import_note note_on_doubt(const std::string& record_type, std::uint64_t count, unix_ms now) {
  return {record_type, "deletions_unsure", "deletedrecord",
          fmt::format(
              "{0}: {1} live records are not shown by the account, and entries of its log of deletions that "
              "may be about another record type have their keys; as it does not show others either that "
              "nobody has deleted, or there are none to tell by, none of them is deleted: if the role sees "
              "all of {0}, import it in full or with --reconcile",
              record_type, count),
          now};
}

import_note note_on_hidden_rows(const std::string& set, std::uint64_t count, unix_ms now) {
  return {set,
          "deletions_unsure",
          {},
          fmt::format(
              "{0}: {1} records that have changed have no rows of it any more, and others that have not "
              "changed are shown without theirs as well, so none of them is deleted: if the role sees all "
              "of {0}, import it in full or with --reconcile",
              set, count),
          now};
}

import_note note_on_unread_departures(const std::string& record_type, const failure& why, unix_ms now) {
  return {
      record_type,
      "departures_unread",
      {},
      fmt::format("{}: what is none of its records any more without having been deleted could not be asked "
                  "for, and is found by a full import or with --reconcile only: {}",
                  record_type, why.message),
      now};
}

std::vector<import_note> notes_on(const deletion_log& found, const log_way& way, unix_ms now) {
  std::vector<import_note> notes;
  for (auto& name : found.names)
    notes.push_back({name.record_type, "deletions_named", name.named_as,
                     fmt::format("{}: the account's log of deletions calls it {}, which the criteria do not "
                                 "say; it is found and remembered",
                                 name.record_type, name.named_as),
                     now});
  if (way != log_way{})
    notes.push_back(
        {{},
         "deletions_way",
         "deletedrecord",
         fmt::format("the account does not take the usual query of its log of deletions, which is "
                     "read {} instead; that is remembered",
                     to_text(way)),
         now});
  return notes;
}

} // namespace tidemark
