#include "config/criteria.hpp"

#include "config/named.hpp"
#include "config/nearest.hpp"

#include <algorithm>

namespace tidemark {

namespace {

constexpr name_table<field_type, 9> field_types{{
    {field_type::id, "id"},
    {field_type::reference, "reference"},
    {field_type::text, "text"},
    {field_type::integer, "integer"},
    {field_type::decimal, "decimal"},
    {field_type::boolean, "boolean"},
    {field_type::date, "date"},
    {field_type::datetime, "datetime"},
    {field_type::multi_select, "multi_select"},
}};

} // namespace

std::string_view to_string(field_type type) noexcept { return name_of(field_types, type); }

std::optional<field_type> field_type_from_string(std::string_view name) noexcept {
  return value_of(field_types, name);
}

std::string_view record_type::key_column() const noexcept {
  return wide_key.empty() ? std::string_view{key} : key_number_column;
}

const field* record_type::summed_key() const noexcept {
  using enum field_type;
  for (const auto& name : wide_key) {
    const auto* part = find_field(name);
    if (part == nullptr) continue;
    if (part->type == id || part->type == reference || part->type == integer || part->type == text)
      return part;
  }
  return nullptr;
}

const field* record_type::find_field(std::string_view field_name) const noexcept {
  auto found = std::ranges::find(fields, field_name, &field::name);
  return found == fields.end() ? nullptr : &*found;
}

criteria::criteria(std::vector<record_type> types) : types_(std::move(types)) {
  for (std::size_t i = 0; i < types_.size(); ++i) index_.emplace(types_[i].name, i);
}

const record_type* criteria::find(std::string_view name) const noexcept {
  auto found = index_.find(name);
  return found == index_.end() ? nullptr : &types_[found->second];
}

std::vector<std::string> criteria::nearest(std::string_view name) const {
  std::vector<std::string_view> known;
  for (const auto& type : types_) known.emplace_back(type.name);
  return nearest_names(name, known);
}

} // namespace tidemark
