#include "actors/failure_reach.hpp"

namespace tidemark {

bool stands_in_the_way(ec code) noexcept {
  return code == ec::authentication || code == ec::store_unavailable || code == ec::store_defect
         || code == ec::unknown_import || code == ec::fenced;
}

bool is_about_the_query(ec code) noexcept {
  return code == ec::rejected || code == ec::unsupported_query || code == ec::unknown_column;
}

pause_cause cured_by_waiting(ec code) noexcept {
  switch (code) {
  case ec::authentication: return pause_cause::credentials;
  case ec::unknown_import: // of one that runs: another file stands in the ledger's place
  case ec::store_unavailable: return pause_cause::database;
  default: return pause_cause::none;
  }
}

bool refuses_the_type(ec code) noexcept { return code == ec::bad_config || code == ec::unknown_record_type; }

} // namespace tidemark
