#include "store/sqlite/record_key.hpp"

#include <charconv>

namespace tidemark::sqlite {

namespace {

std::optional<std::int64_t> parse_number(std::string_view text) noexcept {
  std::int64_t value = 0;
  auto end = text.data() + text.size();
  auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

} // namespace

std::string to_string(const record_key& key, bool is_set) {
  auto text = std::to_string(key.ranged);
  return is_set ? text + '/' + std::to_string(key.within) : text;
}

std::optional<record_key> parse_key(std::string_view text, bool is_set) noexcept {
  auto slash = is_set ? text.find('/') : text.size();
  if (slash == std::string_view::npos) return std::nullopt;
  auto ranged = parse_number(text.substr(0, slash));
  auto within = is_set ? parse_number(text.substr(slash + 1)) : 0;
  if (!ranged || !within) return std::nullopt;
  return record_key{*ranged, *within};
}

} // namespace tidemark::sqlite
