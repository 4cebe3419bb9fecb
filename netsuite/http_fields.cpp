#include "netsuite/http_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include <curl/curl.h>

#include "messages/ascii.hpp"

namespace tidemark {

namespace {

constexpr std::chrono::seconds longest_wait = std::chrono::days{1};

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

} // namespace

std::optional<header_field> split_header(std::string_view line) noexcept {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  return header_field{line.substr(0, colon), trimmed(line.substr(colon + 1))};
}

bool same_field(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::optional<unix_ms> parse_http_date(std::string_view text) {
  // A bare number is a date to curl, but not to HTTP.
  if (text.empty() || std::ranges::none_of(text, [](char c) { return c == ':'; })) return std::nullopt;
  const auto seconds = curl_getdate(std::string{text}.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return static_cast<unix_ms>(seconds) * 1000;
}

std::chrono::seconds parse_retry_after(std::string_view text, unix_ms now) {
  text = trimmed(text);
  std::chrono::seconds wait{0};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return longest_wait;
  if (error == std::errc{} && end == text.data() + text.size())
    return std::chrono::seconds{std::min(number, static_cast<std::uint64_t>(longest_wait.count()))};
  if (const auto date = parse_http_date(text))
    wait = std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds{*date - now});
  return std::clamp(wait, std::chrono::seconds{0}, longest_wait);
}

} // namespace tidemark
