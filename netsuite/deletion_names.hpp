/// Which record types an entry of the account's log of deletions may be about.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/criteria.hpp"
#include "netsuite/deleted_records.hpp"

namespace tidemark {

/// What an entry says of a record type, from the least to the most.
enum class named : std::uint8_t {
  no,
  perhaps, ///< nothing tells for certain what the entry is about
  yes,
};

/// The number of a type, and how its name is written, are not the same in all accounts. So an entry is about
/// certain types alone only if its number and its name agree, or its name is the one that the criteria give
/// for the type; any other may be about each type as well. Where number, name and script id are known and do
/// not agree, nothing is certain.
class deletion_names {
public:
  /// `types` must outlive this object; sets have no entries.
  explicit deletion_names(const criteria& types);

  /// An entry of this kind was found to be about the type.
  void learn(const std::string& kind, const std::string& record_type);

  /// Whether the entry is called as the criteria say, or as was learned.
  [[nodiscard]] bool is_known(const deletion_entry& entry, const record_type& type) const;

  /// By number and name alone: one kind may stand for several types, so what was learned makes no entry
  /// certain.
  [[nodiscard]] named of(const deletion_entry& entry, const record_type& type) const;

private:
  using tables_by_name = std::map<std::string, std::set<std::string>>;

  tables_by_name by_number_;                              ///< by `recordtypeid`
  tables_by_name by_name_;                                ///< by the names of types and tables
  tables_by_name by_given_;                               ///< by what the criteria say of other columns
  std::set<std::pair<std::string, std::string>> learned_; ///< kind and type
};

} // namespace tidemark
