/// Rendered answers, kept while the tables they are about do not change; the least recently used ones give
/// way.
#pragma once

#include "tools/netsuite_sim/table.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidemark::netsuite_sim {

/// One answer of the query service.
struct rendered {
  std::string body;
  /// Compressed on the first demand.
  mutable std::shared_ptr<const std::string> gzip = {};
  std::int64_t rows = 0;
  std::int64_t numbered = 0;
  /// The first table of the query.
  std::string main_table;
  /// The state of the data that it shows.
  std::vector<std::pair<const table*, std::uint64_t>> versions;
};

class response_cache {
public:
  /// Null if it is not there, or if one of its tables has changed since: `version` tells a table's present
  /// version.
  template <class VersionOf>
  std::shared_ptr<const rendered> find(const std::string& key, VersionOf&& version) {
    auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    for (const auto& [t, seen] : found->second->answer->versions) {
      if (version(*t) == seen) continue;
      drop(found->second);
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->answer;
  }

  /// Keeps the answer, and no more than `max_bytes` in all.
  void insert(std::string key, std::shared_ptr<const rendered> answer, std::size_t max_bytes);
  void clear();
  std::size_t bytes() const noexcept { return bytes_; }

private:
  struct entry {
    std::string key;
    std::shared_ptr<const rendered> answer;
  };
  /// The compressed form comes later and is smaller: a quarter covers it.
  static std::size_t size_of(const entry& e) {
    return e.key.size() * 2 + e.answer->body.size() * 5 / 4 + 256;
  }
  void drop(std::list<entry>::iterator position);

  std::list<entry> entries_;
  std::unordered_map<std::string, std::list<entry>::iterator> index_;
  std::size_t bytes_ = 0;
};

} // namespace tidemark::netsuite_sim
