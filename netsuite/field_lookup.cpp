#include "netsuite/field_lookup.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace tidemark {

field_lookup::field_lookup(std::vector<std::string> names)
    : names_(std::move(names)),
      followers_(names_.size() + 1, unknown),
      slots_(std::bit_ceil(names_.size() * 4 + 1)) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    auto slot = slot_of(names_[i]);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = static_cast<std::uint16_t>(i + 1);
  }
  start_row();
}

std::size_t field_lookup::slot_of(std::string_view key) const noexcept {
  // FNV-1a; the names are few and short.
  std::uint32_t hash = 2166136261U;
  for (const char c : key) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return (hash ^ (hash >> 15U)) & (slots_.size() - 1);
}

std::size_t field_lookup::find_exact(std::string_view key) const noexcept {
  for (auto slot = slot_of(key); slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    const std::size_t index = slots_[slot] - 1U;
    if (names_[index] == key) return index;
  }
  return unknown;
}

std::size_t field_lookup::find_expected(const char* text) noexcept {
  const auto guess = followers_[last_];
  if (guess == unknown) return unknown;
  const auto& name = names_[guess];
  // The text ends with its closing quote or goes on behind it, so it is never read beyond its end.
  if (std::strncmp(text, name.data(), name.size()) != 0 || text[name.size()] != '"') return unknown;
  last_ = guess;
  return guess;
}

std::size_t field_lookup::find(std::string_view key) {
  auto found = find_exact(key);
  if (found == unknown && std::ranges::any_of(key, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    std::string folded{key};
    for (auto& c : folded)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    found = find_exact(folded);
  }
  if (found == unknown) return unknown;
  followers_[last_] = found;
  last_ = found;
  return found;
}

} // namespace tidemark
