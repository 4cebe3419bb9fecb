/// Tables that give the values of an enum their names in files.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

template <class E>
struct named {
  E value;
  std::string_view name;
};

template <class E, std::size_t N>
using name_table = std::array<named<E>, N>;

template <class E, std::size_t N>
constexpr std::string_view name_of(const name_table<E, N>& table, E value) noexcept {
  auto found = std::ranges::find(table, value, &named<E>::value);
  return found == table.end() ? "unknown" : found->name;
}

template <class E, std::size_t N>
constexpr std::optional<E> value_of(const name_table<E, N>& table, std::string_view name) noexcept {
  auto found = std::ranges::find(table, name, &named<E>::name);
  if (found == table.end()) return std::nullopt;
  return found->value;
}

/// "text, json".
template <class E, std::size_t N>
std::string names_in(const name_table<E, N>& table) {
  std::string result;
  for (const auto& entry : table) {
    if (!result.empty()) result += ", ";
    result += entry.name;
  }
  return result;
}

} // namespace tidemark
