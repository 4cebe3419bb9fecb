#include "netsuite/rejections.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

namespace {

// Reasons that name their record are as many as the records; the commonest one is among the first.
constexpr std::size_t most_kinds = 200;

} // namespace

void rejection_tally::count(const std::string& kind, const std::string& reason, std::uint64_t records) {
  auto known = kinds_.find(kind);
  if (known == kinds_.end()) {
    if (records == 0 || kinds_.size() >= most_kinds) return;
    known = kinds_.emplace(kind, rejection_count{kind, reason, 0}).first;
  }
  known->second.records += records;
}

void rejection_tally::add(std::span<const rejection_count> counts) {
  for (auto& x : counts) count(x.kind, x.reason, x.records);
}

void rejection_tally::add_written(std::span<const std::shared_ptr<const record_set>> pages,
                                  std::uint64_t rejected) {
  std::uint64_t before = 0;
  for (auto& page : pages)
    for (auto& x : page->rejected()) {
      count(x.kind.empty() ? x.reason : x.kind, x.reason, 1);
      ++before;
    }
  count("database", "the database refuses the record", rejected - std::min(rejected, before));
}

std::vector<rejection_count> rejection_tally::counts() const {
  std::vector<rejection_count> result;
  result.reserve(kinds_.size());
  for (auto& [kind, x] : kinds_) result.push_back(x);
  return result;
}

std::string rejection_tally::too_many(std::uint64_t rejected, std::uint64_t allowed) const {
  auto text =
      fmt::format("{} records were rejected, more than the {} that are allowed (max_rejected_records)",
                  rejected, allowed);
  auto most = std::ranges::max_element(kinds_, {}, [](auto& entry) { return entry.second.records; });
  if (most == kinds_.end()) return text;
  return fmt::format("{}; the commonest reason, of {} of them: {}", text, most->second.records,
                     most->second.reason);
}

} // namespace tidemark
