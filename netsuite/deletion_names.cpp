#include "netsuite/deletion_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "messages/ascii.hpp"

namespace tidemark {

namespace {

using tables = std::set<std::string>;

/// How accounts log most record types (netsuite-contract, deletedrecord).
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> usual{{{"-2", "customer"},
                                                                              {"-3", "vendor"},
                                                                              {"-4", "employee"},
                                                                              {"-6", "contact"},
                                                                              {"-7", "job"},
                                                                              {"-10", "item"},
                                                                              {"-112", "account"},
                                                                              {"-117", "subsidiary"}}};

/// "Sales Order" and "SALES_ORDER" are "salesorder".
std::string folded(std::string_view name) {
  auto text = lower_case(name);
  std::erase_if(text, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return text;
}

/// The criteria's own name of the type: column and text.
bool is_as_given(const deletion_entry& entry, const deleted_record_name& given) {
  if (given.column == "recordtypeid") return entry.type_id == given.value;
  return lower_case(given.column == "type" ? entry.type : entry.script) == lower_case(given.value);
}

const tables& find(const std::map<std::string, tables>& in, const std::string& key) {
  static const tables none;
  const auto found = in.find(key);
  return key.empty() || found == in.end() ? none : found->second;
}

bool meet(const tables& a, const tables& b) {
  return std::ranges::any_of(a, [&](const auto& table) { return b.contains(table); });
}

/// Both say what the entry is about, and not the same.
bool contradict(const tables& a, const tables& b) { return !a.empty() && !b.empty() && !meet(a, b); }

tables joined(tables a, const tables& b) {
  a.insert(b.begin(), b.end());
  return a;
}

} // namespace

deletion_names::deletion_names(const criteria& types) {
  // Where number and name agree, an entry is certain also if the criteria do not have its type.
  for (const auto& [number, name] : usual) {
    by_number_[std::string{number}].insert(std::string{name});
    by_name_[std::string{name}].insert(std::string{name});
  }
  for (const auto& type : types.record_types()) {
    if (type.set || type.is_group) continue;
    by_name_[folded(type.name)].insert(type.table);
    by_name_[folded(type.table)].insert(type.table);
    if (!type.deleted_as) continue;
    if (type.deleted_as->column == "recordtypeid")
      by_number_[type.deleted_as->value].insert(type.table);
    else
      by_given_[type.deleted_as->column + " " + lower_case(type.deleted_as->value)].insert(type.table);
  }
}

void deletion_names::learn(const std::string& kind, const std::string& record_type) {
  learned_.emplace(kind, record_type);
}

bool deletion_names::is_known(const deletion_entry& entry, const record_type& type) const {
  return (type.deleted_as && is_as_given(entry, *type.deleted_as))
         || learned_.contains({kind_of(entry), type.name});
}

named deletion_names::of(const deletion_entry& entry, const record_type& type) const {
  if (type.set) return named::no;
  const auto name = folded(entry.type);
  const auto script = folded(entry.script);
  const auto& numbered = find(by_number_, entry.type_id);
  const auto by_type = joined(find(by_name_, name), find(by_given_, "type " + lower_case(entry.type)));
  const auto by_script =
      joined(find(by_name_, script), find(by_given_, "scriptid " + lower_case(entry.script)));
  if (contradict(numbered, by_type) || contradict(numbered, by_script) || contradict(by_type, by_script))
    return named::perhaps;
  if (type.deleted_as && is_as_given(entry, *type.deleted_as)) return named::yes;
  for (const auto& own : {folded(type.name), folded(type.table)})
    if (own == name || own == script) return named::yes;

  const auto by_words = joined(by_type, by_script);
  const auto is_given = !find(by_given_, "type " + lower_case(entry.type)).empty()
                        || !find(by_given_, "scriptid " + lower_case(entry.script)).empty();
  const auto agree = meet(numbered, by_words);
  const auto only_given = numbered.empty() && is_given;
  if (!agree && !only_given) return named::perhaps;
  // Types of one table share its keys.
  return numbered.contains(type.table) || by_words.contains(type.table) ? named::perhaps : named::no;
}

} // namespace tidemark
