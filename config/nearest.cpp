#include "config/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "messages/ascii.hpp"

namespace tidemark {

namespace {

constexpr std::size_t max_candidates = 3;

// Longer input is no slip of the finger, and the distance costs the product of both lengths.
constexpr std::size_t longest_name = 80;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto replaced = diagonal + (to_lower(a[i]) == to_lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

} // namespace

std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string_view> known) {
  if (name.empty() || name.size() > longest_name) return {};
  const auto tolerance = std::max<std::size_t>(1, name.size() / 3);
  std::vector<std::pair<std::size_t, std::string_view>> close;
  for (auto candidate : known) {
    auto distance = edit_distance(name, candidate);
    if (distance <= tolerance && distance < candidate.size()) close.emplace_back(distance, candidate);
  }
  std::ranges::sort(close);
  if (close.size() > max_candidates) close.resize(max_candidates);
  std::vector<std::string> result;
  for (const auto& [distance, candidate] : close) result.emplace_back(candidate);
  return result;
}

std::string did_you_mean(const std::vector<std::string>& candidates) {
  if (candidates.empty()) return {};
  std::string result = "; did you mean ";
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) result += i + 1 == candidates.size() ? " or " : ", ";
    result += '\'' + candidates[i] + '\'';
  }
  return result + '?';
}

} // namespace tidemark
