/// What a tenant tells of others that own its database: before it, or at the same time.
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/inside/node.hpp"

namespace tidemark {

/// Who else has the database, and who had it before.
void tenant_state::see_owners(const std::vector<import_row>& unfinished) {
  request(self, store, caf::infinite, query_ownership{})
      .then(
          [this, unfinished](const ownership& found) {
            know_database(found);
            request(self, store, caf::infinite, find_other_owner{})
                .then(
                    [this, unfinished, after_crash = found.after_crash](const other_owner& other) {
                      other_owner_found(other);
                      if (after_crash) tell_recovery(other.fate, unfinished);
                    },
                    [](const caf::error&) {});
          },
          [](const caf::error&) {}); // a database that is away is reported by whoever needs it
}

/// Tells a clean stop from what may be a crash, for people: the imports that it cut off go on in any case.
void tenant_state::tell_recovery(const std::string& fate, const std::vector<import_row>& unfinished) {
  recovery = fate;
  log(log_level::warning, "tenant", "recovered",
      "the database of tenant {} was not left cleanly: {}; {} unfinished imports go on from its ledger",
      settings.config.id, recovery, unfinished.size());
  for (auto& row : unfinished) {
    import_event event;
    event.at = wall_now();
    event.kind = "import_recovered";
    event.import = import_progress{row}.head(event.at);
    event.text =
        fmt::format("the database was not left cleanly while this import was unfinished: {}", recovery);
    send(self, settings.journal, std::move(event));
  }
}

/// Its readers go by it, and the next actor of this tenant.
void tenant_state::know_database(const ownership& as) {
  bool is_new = !known_as || known_as->fence != as.fence || known_as->writes != as.writes;
  if (as.fence == 0 || !is_new) return;
  known_as = as;
  // A test may run a tenant without a node.
  if (auto node = caf::actor_cast<node_actor>(settings.parent))
    send(self, node, database_taken{settings.config.id, settings.config.database.location, as});
}

/// One that has lost the database would take it back at its next start: people should know as long as it is
/// there.
void tenant_state::look_for_other_owner() {
  request(self, store, caf::infinite, find_other_owner{})
      .then([this](const other_owner& found) { other_owner_found(found); }, [](const caf::error&) {});
}

void tenant_state::other_owner_found(const other_owner& found) {
  bool told = !served_twice.empty();
  served_twice.clear();
  // Of one that has lost the database to the other it would be told the wrong way round.
  if (found.at_work && roster->lost_to().code == ec::none)
    served_twice = fmt::format("{} serves it, too", found.who.empty() ? "another node" : found.who);
  bool tells = !served_twice.empty();
  alert_subject about{settings.config.id, {}, {}, {}};
  if (tells && !told)
    log(log_level::warning, "tenant", "served_twice", "tenant {}: {}", settings.config.id, served_twice);
  if (!settings.monitor || (tells && told)) return;
  // Also one that an earlier life of this tenant has raised.
  if (!tells) return send(self, settings.monitor, clear_alert{"tenant_served_twice", about});
  send(self, settings.monitor,
       raise_alert{{.id = "tenant_served_twice",
                    .level = alert_level::warning,
                    .about = about,
                    .text = fmt::format("this node has taken over the database of tenant {}, but {}; it "
                                        "would take it back at its next start",
                                        settings.config.id, served_twice),
                    .remedy = "let one node alone serve the tenant: remove it from the configuration of the "
                              "other one and reload that, or stop that node"}});
}

} // namespace tidemark
