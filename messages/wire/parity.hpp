/// The comparison of the two paths of an import, as the doors tell it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Imports a record type, with all that it depends on, by either path into a database of its own, and
/// compares the two. Takes as long as the two imports. The tenant's own database is not touched.
struct check_parity {
  std::string tenant;
  std::string record_type;
  std::string requested_by;
};
TIDEMARK_INSPECT(check_parity, x.tenant, x.record_type, x.requested_by)

/// How one path went.
struct path_run {
  std::string system; ///< "chunked" or "legacy"
  import_state state = import_state::queued;
  std::string error;
  std::uint64_t milliseconds = 0; ///< from the first request to the end
  std::uint64_t requests = 0;     ///< data and planning requests, refused and repeated ones included
  std::uint64_t records = 0;
};
TIDEMARK_INSPECT(path_run, x.system, x.state, x.error, x.milliseconds, x.requests, x.records)

/// One record type in both databases.
struct type_parity {
  std::string record_type;
  std::uint64_t chunked_rows = 0;
  std::uint64_t legacy_rows = 0;
  std::uint64_t differences = 0;     ///< rows that are missing on one side, or have other values there
  std::vector<std::string> examples; ///< sentences on the first of them
};
TIDEMARK_INSPECT(type_parity, x.record_type, x.chunked_rows, x.legacy_rows, x.differences, x.examples)

struct parity_report {
  std::string tenant;
  std::string record_type;
  std::vector<path_run> paths;
  std::vector<type_parity> types; ///< empty if a path did not come to its end
  /// Rows that differed at first and were looked at again, since they may have changed in between.
  std::uint64_t looked_at_again = 0;
};
TIDEMARK_INSPECT(parity_report, x.tenant, x.record_type, x.paths, x.types, x.looked_at_again)

} // namespace tidemark
