#include "actors/monitor/error_log.hpp"

#include <algorithm>
#include <tuple>

namespace tidemark {

namespace {

/// Cuts at a whole UTF-8 character.
void shorten(std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  text.resize(bytes);
  text += "...";
}

} // namespace

void error_log::add(error_entry entry) {
  auto& errors = tenants_[entry.tenant];
  kind key{entry.record_type, entry.category, entry.code};
  if (!errors.counts.contains(key) && errors.counts.size() >= limits_.kinds) key = {"", "other", ""};
  auto& counted = errors.counts[key];
  ++counted.count;
  counted.last_at = std::max(counted.last_at, entry.at);
  shorten(entry.text, limits_.text_bytes);
  errors.entries.push_back(std::move(entry));
  if (errors.entries.size() > limits_.entries) errors.entries.pop_front();
}

std::vector<error_count> error_log::sorted(const std::map<kind, tally>& counts) {
  std::vector<error_count> result;
  for (auto& [key, counted] : counts)
    result.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), counted.count, counted.last_at});
  std::ranges::sort(result, [](const error_count& a, const error_count& b) {
    if (a.count != b.count) return a.count > b.count;
    return std::tie(a.record_type, a.category, a.code) < std::tie(b.record_type, b.category, b.code);
  });
  return result;
}

std::vector<error_count> error_log::counts(const std::string& tenant) const {
  auto found = tenants_.find(tenant);
  return found == tenants_.end() ? std::vector<error_count>{} : sorted(found->second.counts);
}

std::vector<error_entry> error_log::last(const std::string& tenant, const std::string& import_id,
                                         std::size_t limit) const {
  std::vector<error_entry> result;
  auto found = tenants_.find(tenant);
  if (found == tenants_.end()) return result;
  auto& entries = found->second.entries;
  for (auto entry = entries.rbegin(); entry != entries.rend() && result.size() < limit; ++entry)
    if (import_id.empty() || entry->import_id == import_id) result.push_back(*entry);
  return result;
}

std::vector<error_count> error_log::counts_of_import(const std::string& tenant,
                                                     const std::string& import_id) const {
  std::map<kind, tally> counts;
  for (auto& entry : last(tenant, import_id, limits_.entries)) {
    auto& counted = counts[{entry.record_type, entry.category, entry.code}];
    ++counted.count;
    counted.last_at = std::max(counted.last_at, entry.at);
  }
  return sorted(counts);
}

std::vector<std::string> error_log::tenants() const {
  std::vector<std::string> names;
  for (auto& [tenant, errors] : tenants_) names.push_back(tenant);
  return names;
}

} // namespace tidemark
