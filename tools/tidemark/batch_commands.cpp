#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"

namespace tidemark::cli {

void add_batch_commands(grammar& to) {
  to.begin_group("what failed, and what waits");
  ask<list_batches>(to, "batches", "the batches of an import, with the errors of those that failed")
      .import_id(&list_batches::id)
      .option("--type", "R", &list_batches::record_type, "only those of this record type",
              word_kind::record_type)
      .choice_option("--state", "S", {"pending", "running", "completed", "failed", "split", "cancelled"},
                     "only those in this state",
                     [](list_batches& x, const std::string& state) { x.state = state; })
      .option("--limit", "N", &list_batches::limit, "at most so many; 100 unless said", 1U, 100'000U);
  ask<list_rejected>(to, "rejected", "records that were kept aside, and why")
      .about(
          "Values that did not fit, of records that are stored without them, follow. They are in the tables "
          "rejected_records and kept_values of the tenant's database, too.")
      .tenant(&list_rejected::tenant)
      .record_type(&list_rejected::record_type)
      .optional()
      .option("--limit", "N", &list_rejected::limit, "at most so many; 100 unless said", 1U, 100'000U);
  ask<query_blockers>(to, "why", "what an import, its record types and its batches wait for")
      .about("Each waiting record type, and each group of waiting batches, with the one thing that it waits "
             "for.")
      .import_id(&query_blockers::id);
}

} // namespace tidemark::cli
