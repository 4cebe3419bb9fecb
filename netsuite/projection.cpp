#include "netsuite/projection.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

namespace {

/// Of a wide key the first field, and the one that comparisons add up. Another one that the account lacks
/// tells no records apart there; if it does, two rows have the same key, which the decoder refuses.
bool is_needed(const record_type& type, const field& what) noexcept {
  return what.name == type.key || (type.set && what.name == type.set->column)
         || (!type.wide_key.empty() && (what.name == type.wide_key.front() || &what == type.summed_key()));
}

std::optional<column_way> way_in(const column_ways& ways, std::string_view column) noexcept {
  const auto found = ways.find(column);
  if (found == ways.end()) return std::nullopt;
  return found->second;
}

bool is_left_out(const column_ways& ways, std::string_view column) noexcept {
  return way_in(ways, column) == column_way::left_out;
}

bool is_asked_for(const record_type& type, const field& x, const column_ways& ways) {
  if (is_needed(type, x)) return true;
  return !is_left_out(ways, x.column) && (x.display_of.empty() || !is_left_out(ways, x.display_of));
}

/// Of a set the key of changes is the parent's.
change_source changes_of(const record_type& type, const std::string& key, const column_ways& ways) {
  change_source out;
  out.table = type.table;
  const auto* holder = type.find_field(key);
  if (holder != nullptr) out.key = holder->column;
  const auto found = std::ranges::find(type.fields, type.change_column, &field::column);
  if (type.change_column.empty() || found == type.fields.end()) return out;
  out.column = type.change_column;
  const auto way = way_in(ways, out.column);
  out.by_day = found->type == field_type::date || way == column_way::by_clock;
  out.by_text = way == column_way::by_text;
  return out;
}

} // namespace

std::vector<std::string> projection::names() const {
  std::vector<std::string> out;
  out.reserve(fields.size());
  for (const auto& x : fields) out.push_back(x.name);
  return out;
}

std::optional<column_way> projection::way_of(std::string_view column) const noexcept {
  return way_in(ways, column);
}

bool projection::identifies(std::size_t index) const noexcept {
  return index == key || index == parent || std::ranges::find(wide_key, index) != wide_key.end();
}

bool can_lack(const projection& what, std::size_t index) noexcept {
  return !what.identifies(index) && what.fields[index].column != what.changes.column;
}

bool can_drop(const record_type& type, std::string_view column) noexcept {
  const auto found = std::ranges::find(type.fields, column, &field::column);
  return found != type.fields.end() && !is_needed(type, *found);
}

bool is_key_column(const record_type& type, std::string_view column) noexcept {
  return std::ranges::find(type.fields, column, &field::column) != type.fields.end()
         && !can_drop(type, column);
}

std::string key_unknown_text(const record_type& type, std::string_view column, std::string_view said) {
  return fmt::format(
      "{} is skipped: the account's table {} has no column {}, which is part of its key; give it "
      "another key in the criteria or in an overlay: {}",
      type.name, type.table, column, said);
}

std::string newly_skipped_text(std::string_view record_type) {
  return fmt::format(
      "{} is skipped, and was not known to be lacking: what refers to it finds what is there, which "
      "grows old; give the role its permission back or switch the feature on, or go on without it "
      "(the next import that skips it counts that as no error)",
      record_type);
}

std::string key_lost_text(const record_type& type, std::string_view column, std::string_view said) {
  return fmt::format(
      "{} is skipped: the account's table {} has no column {} any more, by which its records are told apart; "
      "they stay as they are, and are read again once the column is there (a feature may have been switched "
      "off, or the role have lost a permission): {}",
      type.name, type.table, column, said);
}

std::vector<std::string> columns_meant(const projection& what, std::string_view complaint) {
  std::vector<std::string> out;
  // An account that does not know the function takes its name for a column's.
  bool about_display = complaint == "builtin" || complaint.starts_with("builtin.");
  for (const auto& x : what.fields)
    if (!x.column.empty() && (x.column == complaint || (about_display && !x.display_of.empty())))
      out.push_back(x.column);
  return out;
}

projection project(const record_type& type, const column_ways& ways, const record_type* parent,
                   const column_ways& parent_ways) {
  projection out;
  out.record_type = type.name;
  out.table = type.table;
  out.filter = type.filter;
  out.strict = type.strict;
  for (const auto& x : type.fields) {
    if (!is_asked_for(type, x, ways)) continue;
    if (const auto way = way_in(ways, x.column); way && way != column_way::left_out)
      out.ways.emplace(x.column, *way);
    if (x.name == type.key) out.key = out.fields.size();
    if (type.set && x.name == type.set->column) out.parent = out.fields.size();
    out.fields.push_back(x);
  }
  for (const auto& name : type.wide_key) {
    const auto part = std::ranges::find(out.fields, name, &field::name);
    if (part != out.fields.end()) out.wide_key.push_back(static_cast<std::size_t>(part - out.fields.begin()));
  }
  if (out.is_wide()) {
    if (const auto* summed = type.summed_key())
      out.summed = static_cast<std::size_t>(std::ranges::find(out.fields, summed->name, &field::name)
                                            - out.fields.begin());
    out.key = out.fields.size();
    field number;
    number.name = key_number_column;
    number.type = field_type::id;
    out.fields.push_back(std::move(number));
  }
  out.changes = changes_of(type, type.set ? type.set->column : type.key, ways);
  if (is_left_out(ways, out.changes.column)) out.changes.column.clear();
  if (type.set && parent != nullptr && !parent->change_column.empty())
    out.parent_changes = changes_of(*parent, parent->key, parent_ways);
  return out;
}

page_window window_of(const projection& what, const page_request& page) noexcept {
  if (!what.is_wide() || !page.after || page.after->position == 0) return {0, page.limit, 0};
  const auto known = page.after->position;
  if (page.limit < 2) return {known, 1, 0};
  const auto window_at = [known](std::uint32_t limit) {
    const auto offset = (known - 1) / limit * limit;
    return page_window{offset, limit, known - offset};
  };
  const auto fresh = [](const page_window& x) { return x.limit - std::min(x.limit, x.known); };
  page_window best{0, page.limit, page.limit};
  for (auto limit = page.limit; limit >= 2 && limit > fresh(best); --limit)
    if (const auto other = window_at(limit); fresh(other) > fresh(best)) best = other;
  // Small pages that divide what is known would bring nothing: a few rows more then.
  for (auto limit = page.limit + 1; fresh(best) == 0; ++limit) best = window_at(limit);
  return best;
}

} // namespace tidemark
