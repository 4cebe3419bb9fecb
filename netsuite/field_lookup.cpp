#include "netsuite/field_lookup.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace tidemark {

namespace {

// As many fields without a value as are looked over before the hashes are asked.
constexpr int most_passed_over = 8;

constexpr std::size_t word = 8;

std::uint64_t eight_bytes(const char* text) noexcept {
  std::uint64_t out = 0;
  std::memcpy(&out, text, sizeof out);
  return out;
}

} // namespace

field_lookup::quoted::quoted(std::string_view name) : text(name) {
  text += '"';
  std::string start = text.substr(0, word);
  std::string counts(start.size(), '\xff');
  start.resize(word);
  counts.resize(word);
  first = eight_bytes(start.data());
  mask = eight_bytes(counts.data());
  if (text.size() > word) last = eight_bytes(text.data() + text.size() - word);
}

bool field_lookup::quoted::starts(const char* at) const noexcept {
  static_assert(most_read == 2 * word);
  if (((eight_bytes(at) ^ first) & mask) != 0) return false;
  if (text.size() <= word) return true;
  if (text.size() <= most_read) return eight_bytes(at + text.size() - word) == last;
  return std::strncmp(at + word, text.data() + word, text.size() - word) == 0;
}

field_lookup::field_lookup(std::vector<std::string> names)
    : names_(std::move(names)),
      followers_(names_.size() + 1, unknown),
      slots_(std::bit_ceil(names_.size() * 4 + 1)) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    auto slot = slot_of(names_[i]);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = static_cast<std::uint16_t>(i + 1);
    quoted_.emplace_back(names_[i]);
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
  auto guess = followers_[last_];
  for (int passed = 0; guess != unknown && passed <= most_passed_over; ++passed) {
    if (quoted_[guess].starts(text)) return last_ = guess;
    guess = followers_[guess];
  }
  return unknown;
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
