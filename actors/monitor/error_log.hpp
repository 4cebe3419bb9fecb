/// Pure core of the monitor: the errors of this life of the node, counted, and the last of them with their
/// context. The ledger keeps the errors of imports for good; this one also answers when a database is away.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "messages/alerts.hpp"

namespace tidemark {

struct error_log_limits {
  std::size_t entries = 200;    ///< kept per tenant
  std::size_t kinds = 500;      ///< counted apart per tenant; further ones are counted as category "other"
  std::size_t text_bytes = 500; ///< of an entry's text
};

class error_log {
public:
  using limits = error_log_limits;

  explicit error_log(limits bounds = {}) : limits_(bounds) {}

  void add(error_entry entry);

  /// Most frequent first.
  std::vector<error_count> counts(const std::string& tenant) const;

  /// Newest first; of one import, or of all for an empty id.
  std::vector<error_entry> last(const std::string& tenant, const std::string& import_id,
                                std::size_t limit) const;

  /// Counts of the entries that are still kept of one import, most frequent first.
  std::vector<error_count> counts_of_import(const std::string& tenant, const std::string& import_id) const;

  std::vector<std::string> tenants() const;

private:
  using kind = std::tuple<std::string, std::string, std::string>; ///< record type, category, code
  struct tally {
    std::uint64_t count = 0;
    unix_ms last_at = 0;
  };
  struct tenant_errors {
    std::deque<error_entry> entries; ///< oldest first
    std::map<kind, tally> counts;
  };

  static std::vector<error_count> sorted(const std::map<kind, tally>& counts);

  limits limits_;
  std::map<std::string, tenant_errors> tenants_;
};

} // namespace tidemark
