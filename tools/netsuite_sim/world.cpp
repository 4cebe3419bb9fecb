#include "tools/netsuite_sim/world.hpp"

#include "tools/netsuite_sim/cursor.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tidemark::netsuite_sim {

world::world(world_options options)
    : options_(std::move(options)), tables_(make_tables()), states_(tables_.size()) {
  for (std::size_t i = 0; i < tables_.size(); ++i) by_name_[tables_[i].name] = i;
  transactions_ = find_table("transaction");
  for (auto& t : tables_) {
    t.salt = salt_of(t.name);
    for (auto& c : t.columns) {
      c.owner = t.name;
      c.salt = salt_of(t.name, c.name);
      c.target = c.references.empty() ? nullptr : find_table(c.references);
    }
  }
  set_up();
  fill_deleted_records();
}

void world::set_up() {
  for (auto& t : tables_) {
    for (auto& c : t.columns) {
      c.as_text = options_.columns_as_text.contains(t.name + "." + c.name);
      c.is_null = options_.columns_null.contains(t.name + "." + c.name);
    }
    auto& s = state(t);
    auto given = options_.counts.find(t.name);
    // Scaled down, a small list keeps a row; only a scale of 0 leaves nothing.
    auto scaled = static_cast<double>(t.default_count) * options_.scale;
    auto count = scaled > 0 ? std::max<std::int64_t>(1, std::llround(scaled)) : 0;
    s.count = t.is_whole ? t.default_count : given != options_.counts.end() ? given->second : count;
    auto first = t.first_id < 0 && !options_.negative_ids ? 1 : t.first_id;
    s.layout = id_layout(first, mix(options_.seed, t.salt), options_.id_gaps && !t.is_whole);
    ++s.version;
  }
}

void world::reconfigure(world_options options) {
  options_ = std::move(options);
  set_up();
}

const table* world::find_table(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tables_[found->second];
}

std::uint64_t world::row_hash(const table& t, row_key key) const noexcept {
  if (t.shape == table_shape::lines)
    return mix(row_hash(*transactions_, {key.id, 0}), static_cast<std::uint64_t>(key.line));
  return mix(mix(options_.seed ^ t.salt, static_cast<std::uint64_t>(key.id))
             ^ static_cast<std::uint64_t>(key.line));
}

line_ids world::lines_of(std::uint64_t transaction_hash) const noexcept {
  auto h = mix(transaction_hash ^ 0x11e5);
  auto spread = static_cast<std::uint64_t>(2 * options_.lines_per_transaction - 3);
  auto count = static_cast<std::int64_t>(2 + h % spread);
  auto skips = (h >> 40) % 8 == 0;
  return {count, skips ? 1 + static_cast<std::int64_t>((h >> 48) % 3) : count};
}

std::optional<row> world::generated_row(const table& t, row_key key) const {
  if (t.shape == table_shape::log) return std::nullopt;
  if (t.shape == table_shape::lines) {
    auto parent = find_row(*transactions_, {key.id, 0});
    if (!parent) return std::nullopt;
    auto lines = lines_of(parent->hash);
    for (std::int64_t i = 0; i < lines.count; ++i)
      if (lines.at(i) == key.line) return row{key, i, row_hash(t, key), nullptr};
    return std::nullopt;
  }
  const auto& s = state(t);
  auto ordinal = s.layout.rank(key.id);
  if (key.line != 0 || ordinal >= s.count || s.layout.id_at(ordinal) != key.id) return std::nullopt;
  return row{key, ordinal, row_hash(t, key), nullptr};
}

std::optional<row> world::find_row(const table& t, row_key key) const {
  const auto& overlay = state(t).overlay;
  auto patch = overlay.find(key);
  if (patch != overlay.end() && patch->second.deleted) return std::nullopt;
  auto result = generated_row(t, key);
  if (patch == overlay.end()) return result;
  if (!result) result = row{key, -1, row_hash(t, key), nullptr};
  result->patch = &patch->second;
  return result;
}

void world::read(const table& t, const row& r, std::size_t column_index, cell& out) const {
  // Also of rows that have been changed since.
  if (t.columns[column_index].is_null
      && static_cast<double>(mix(r.hash ^ ~t.columns[column_index].salt) % 100)
             < options_.columns_null_percent)
    return out.set_null();
  if (r.patch != nullptr) {
    auto given = r.patch->values.find(column_index);
    if (given != r.patch->values.end()) {
      out = given->second;
      return;
    }
  }
  const auto& c = t.columns[column_index];
  auto chance = mix(r.hash ^ c.salt);
  c.make(*this, r, c, chance, out);
  if (c.as_text && !out.is_null()
      && static_cast<double>(mix(chance) % 100) < options_.columns_as_text_percent)
    out.set_text("word " + std::to_string(out.number()));
}

std::int64_t world::count(const table& t, const key_range& range) const {
  if (range.upper < range.lower) return 0;
  if (t.shape != table_shape::records) {
    std::int64_t result = 0;
    row r;
    for (cursor rows(*this, t, range); rows.next(r);) ++result;
    return result;
  }
  const auto& s = state(t);
  auto after_lower = range.lower.id != lowest && range.lower.line > 0;
  auto before_upper = range.upper.id == highest || range.upper.line < 0;
  auto begin = range.lower.id == lowest ? 0 : s.layout.rank(range.lower.id + (after_lower ? 1 : 0));
  auto end = range.upper.id == highest ? s.count : s.layout.rank(range.upper.id + (before_upper ? 0 : 1));
  auto result = std::max<std::int64_t>(0, std::min(end, s.count) - std::min(begin, s.count));
  for (auto i = s.overlay.lower_bound(range.lower); i != s.overlay.end() && i->first <= range.upper; ++i) {
    auto is_generated = generated_row(t, i->first).has_value();
    if (is_generated && i->second.deleted) --result;
    if (!is_generated && !i->second.deleted) ++result;
  }
  return result;
}

bool world::shows_all(const table& t) const noexcept {
  return options_.visible_percent >= 100 || t.shape == table_shape::log
         || (!options_.visible_table.empty() && options_.visible_table != t.name);
}

bool world::shows(const table& t, row_key key) const noexcept {
  if (shows_all(t)) return true;
  constexpr std::uint64_t steps = 1'000'000;
  const auto& owner = t.shape == table_shape::lines ? *transactions_ : t;
  auto place = mix(row_hash(owner, {key.id, 0}) ^ 0x5ee5) % steps;
  return static_cast<double>(place) < options_.visible_percent / 100 * double{steps};
}

std::string world::display_name(const table& t, std::int64_t id) const {
  static constexpr std::array<std::string_view, 10> candidates{
      "fullname",   "altname", "companyname", "itemid",   "name",
      "periodname", "tranid",  "title",       "entityid", "scriptid"};
  auto r = find_row(t, {id, 0});
  if (!r) return {};
  cell value;
  for (auto candidate : candidates) {
    auto index = t.column_index(candidate);
    if (index < 0) continue;
    read(t, *r, static_cast<std::size_t>(index), value);
    if (value.what() == cell::type::text) return value.text();
  }
  return std::to_string(id);
}

} // namespace tidemark::netsuite_sim
