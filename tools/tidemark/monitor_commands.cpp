#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"

namespace tidemark::cli {

void add_monitor_commands(grammar& to) {
  to.begin_group("errors and alerts");
  ask<query_errors>(to, "errors", "what went wrong, counted, and the last errors")
      .about(
          "Failed attempts, rejected records, and what made record types and imports fail, as the tenant's "
          "ledger holds them.")
      .tenant(&query_errors::tenant)
      .option("--import", "ID", &query_errors::import_id, "only those of this import", word_kind::import_id)
      .option("--limit", "N", &query_errors::limit, "at most so many of the last errors; 20 unless said", 1U,
              10'000U);
  ask<query_alerts>(to, "alerts", "the alerts that are up, and those that were cleared lately");
}

} // namespace tidemark::cli
