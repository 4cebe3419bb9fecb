#include "tools/tidemark/ask.hpp"
#include "tools/tidemark/commands.hpp"

namespace tidemark::cli {

void add_record_type_commands(grammar& to) {
  to.begin_group("record types");
  ask<list_record_types>(to, "record-types", "what can be imported")
      .option("--tenant", "TENANT", &list_record_types::tenant, "with what the criteria of this tenant add",
              word_kind::tenant);
  ask<plan_import>(to, "plan", "a dry run: waves, batches and expected requests")
      .about("Plans against NetSuite; fetches and stores nothing.")
      .tenant(&plan_import::tenant)
      .record_type(&plan_import::record_type)
      .flag("--incremental", "of an incremental import",
            [](plan_import& x) { x.mode = import_mode::incremental; })
      .value({"--since",
              "TIME",
              "incremental, from this time on at least",
              word_kind::text,
              {},
              false,
              false,
              {}},
             [](plan_import& x, const std::string& word) {
               auto time = parse_time(word);
               if (!time) return no_time(word);
               x.mode = import_mode::incremental;
               x.since = *time;
               return std::string{};
             });
}

} // namespace tidemark::cli
