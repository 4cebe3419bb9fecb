/// The one way to a tenant's database.
#pragma once

#include "config/criteria.hpp"
#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "messages/words.hpp"
#include "store/tenant_store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// The wall clock.
unix_ms system_time();

/// What belongs to the records of a record type.
struct type_family {
  std::vector<std::string> sets; ///< the record types whose rows are parts of its records
  /// The type has a filter: a record that is not among its records any more may be there all the same, with
  /// the rows of its sets.
  bool filtered = false;
};
using type_families = std::map<std::string, type_family, std::less<>>;

/// Of all record types that have sets, by their names.
type_families families_of(const criteria& types);

struct store_options {
  /// How long a write waits for somebody else's lock before it fails with `ec::store_unavailable`. It delays
  /// the tenant's other writes meanwhile; those that follow one that failed wait only briefly.
  std::chrono::milliseconds lock_patience{5000};
  /// Bytes of pages kept in memory per open store.
  std::size_t cache_bytes = 2U << 20U;
  /// Put in front of the name of each record table. Must stay the same for the life of the database.
  std::string table_prefix;
  /// Records that are found gone are removed instead of marked in `_deleted_at`.
  bool remove_deleted = false;
  /// The rows of these sets go with the records that they are parts of.
  type_families families = {};
  /// The account whose records the database holds; one that holds another's is refused when it is taken, as
  /// `ec::store_unavailable`. Empty: any.
  std::string account = {};
  /// The tenant whose imports the database holds; one with another's is refused likewise, since nobody could
  /// command those. Empty: any.
  std::string tenant = {};
  /// Tells the time of `_synced_at` and `_deleted_at`.
  std::function<unix_ms()> now = system_time;
  /// Once it is asked for, nothing waits for a lock any more.
  std::stop_token hurry = {};
  /// The database is opened again that was taken so: nothing is made, `take_ownership` is not called again,
  /// and any other file in its place, an older copy of it among them, is refused as `ec::store_unavailable`,
  /// for the right one may be put back.
  std::optional<ownership> mine = {};
  /// The database has been taken so before in this process, perhaps by others since: nothing is made, and one
  /// that is older is refused likewise.
  std::optional<ownership> known = {};
};

/// Opens the database of a tenant, making it if need be, and brings its ledger to this version.
/// `url` is `sqlite:/absolute/path.db`; `ec::bad_config` for anything else. `ec::store_defect` for a file
/// that is not tidemark's or of a newer version, `ec::store_unavailable` for one that cannot be opened for
/// writing.
outcome<std::unique_ptr<tenant_store>> open_tenant_store(std::string_view url,
                                                         const store_options& options = {});

/// Beside the database of this url, which may be away: the owner that has taken it so has stopped cleanly. If
/// the database comes back with all that this owner had written, its next owner is told so.
outcome<void> note_clean_stop(std::string_view url, const ownership& who);

} // namespace tidemark
