#include "netsuite/log_way.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 4> columns{"recordtypeid", "type", "scriptid", "deleteddate"};
constexpr std::string_view by_day = "by day";
constexpr std::string_view by_clock = "by clock";
constexpr std::string_view without = " without ";

/// From the one that tells most to the one that asks for least. Whatever is not told of an entry makes its
/// type less certain, and costs questions by key, but loses nothing.
const std::array<log_way, 9>& ways() {
  static const std::array<log_way, 9> all{
      log_way{},
      {false, {"deleteddate"}},
      {true, {}},
      {true, {"deleteddate"}},
      {false, {"scriptid"}},
      {false, {"type"}},
      {false, {"recordtypeid"}},
      {false, {"deleteddate", "recordtypeid", "scriptid", "type"}},
      {true, {"deleteddate", "recordtypeid", "scriptid", "type"}},
  };
  return all;
}

} // namespace

std::string to_text(const log_way& way) {
  auto text = std::string{way.by_clock ? by_clock : by_day};
  if (!way.left_out.empty()) text += fmt::format("{}{}", without, fmt::join(way.left_out, ", "));
  return text;
}

log_way log_way_of(std::string_view text) {
  log_way way;
  way.by_clock = text.starts_with(by_clock);
  const auto at = text.find(without);
  if (at == std::string_view::npos) return way;
  text.remove_prefix(at + without.size());
  while (!text.empty()) {
    const auto end = std::min(text.find(", "), text.size());
    for (const auto column : columns)
      if (text.substr(0, end) == column) way.left_out.emplace(column);
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return way;
}

log_ways::log_ways(log_way known, bool usual_first) : present_(std::move(known)) {
  if (usual_first && present_ != log_way{}) other_ = std::exchange(present_, log_way{});
  tried_usual_ = present_ == log_way{};
}

bool log_ways::refused(const failure& what) {
  if (what.code != ec::unknown_column && what.code != ec::rejected && what.code != ec::unsupported_query)
    return false;
  if (other_) {
    present_ = *std::exchange(other_, std::nullopt);
    settled_ = true;
    return true;
  }
  settled_ = false;
  if (what.code == ec::unknown_column) {
    for (const auto column : columns) {
      if (what.subject != column || !present_.has(column)) continue;
      present_.left_out.emplace(column);
      return true;
    }
    // Of a column that cannot be done without, or the bound itself.
    if (what.subject == "deleteddate" || what.subject == "recordid") return false;
  }
  while (next_ < ways().size()) {
    auto& next = ways()[next_++];
    if (next == present_) continue;
    present_ = next;
    tried_usual_ = tried_usual_ || next == log_way{};
    return true;
  }
  return false;
}

bool log_ways::taken() {
  if (settled_ || present_ == log_way{}) return false;
  other_ = std::exchange(present_, log_way{});
  tried_usual_ = true;
  return true;
}

} // namespace tidemark
