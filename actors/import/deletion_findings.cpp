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
    : asked_(std::move(asked)), names_(types), known_(known.names) {
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

void deletion_findings::keep_to_learn(std::size_t type, const std::vector<std::int64_t>& keys) {
  if (type >= asked_.size()) return;
  for (auto key : keys)
    if (!lesson_of(*asked_[type], key).first.empty()) kept_.insert(key);
}

void deletion_findings::answered(std::size_t type, const std::vector<std::int64_t>& present,
                                 const std::vector<std::int64_t>& gone) {
  if (type >= asked_.size()) return;
  auto& described = *asked_[type];
  for (auto key : gone) {
    auto [begin, end] = page_.equal_range(key);
    for (auto entry = begin; entry != end; ++entry) gone_as_.emplace(described.name, kind_of(entry->second));
    auto [kind, is_certain] = lesson_of(described, key);
    if (kind.empty()) continue;
    if (is_certain)
      certain_.emplace(described.name, kind);
    else
      lessons_[{described.name, kind}].insert(key);
  }
  for (auto key : present) {
    there_.emplace(described.name, key);
    auto [begin, end] = page_.equal_range(key);
    for (auto entry = begin; entry != end; ++entry) {
      if (!is_unmistakable(entry->second) || names_.of(entry->second, described) != named::perhaps) continue;
      there_as_.emplace(described.name, kind_of(entry->second));
      auto text = text_of(entry->second);
      if (settled_.emplace(described.name, text).second)
        found_.settled.push_back({described.name, std::move(text), entry->second.deleted_at});
    }
  }
}

/// What the entry of a record that is gone is called: as nobody has said, and if there is only one that may
/// be about it. Empty if there is nothing to learn. And whether the entry is about this type for certain.
std::pair<std::string, bool> deletion_findings::lesson_of(const record_type& type, std::int64_t key) const {
  std::set<std::string> sure;
  std::set<std::string> perhaps;
  auto [begin, end] = page_.equal_range(key);
  for (auto entry = begin; entry != end; ++entry) {
    if (names_.is_known(entry->second, type)) return {};
    auto what = names_.of(entry->second, type);
    if (what == named::yes) sure.insert(kind_of(entry->second));
    if (what == named::perhaps) perhaps.insert(kind_of(entry->second));
  }
  auto& kinds = sure.empty() ? perhaps : sure;
  return {kinds.size() == 1 ? *kinds.begin() : std::string{}, !sure.empty()};
}

std::vector<type_keys> deletion_findings::lessons() const {
  std::map<std::string, std::set<std::int64_t>> by_type;
  for (auto& [name, keys] : lessons_) by_type[name.first].insert(keys.begin(), keys.end());
  std::vector<type_keys> all;
  for (auto& [record_type, keys] : by_type) {
    type_keys of_type{record_type, {}};
    for (auto key : keys) of_type.keys.push_back({key, 0});
    all.push_back(std::move(of_type));
  }
  return all;
}

void deletion_findings::explained(const std::string& record_type, const std::vector<type_keys>& elsewhere) {
  for (auto& other : elsewhere)
    for (auto& key : other.keys) {
      // An entry is not about a record that is there.
      if (there_.contains({other.record_type, key.ranged})) continue;
      for (auto& [name, keys] : lessons_)
        if (name.first == record_type) keys.erase(key.ranged);
    }
}

void deletion_findings::conclude() {
  for (auto& [name, keys] : lessons_)
    if (!keys.empty()) certain_.insert(name);
  for (auto& [record_type, kind] : certain_) {
    names_.learn(kind, record_type);
    found_.names.push_back({record_type, kind});
  }
  for (auto& each : known_)
    if (there_as_.contains({each.record_type, each.named_as})
        && !gone_as_.contains({each.record_type, each.named_as}))
      found_.wrong.push_back(each);
  lessons_.clear();
  certain_.clear();
}

import_note note_on_doubt(const std::string& record_type, std::uint64_t count, unix_ms now) {
  return {
      record_type, "deletions_unsure", "deletedrecord",
      fmt::format(
          "{0}: {1} live records that the account's log of deletions names, or may name, are not shown by "
          "the account; as it does not show others either that nobody has deleted, or there are none to "
          "tell by, none of them is deleted: if the role sees all of {0}, import it in full or with "
          "--reconcile",
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
