/// What a tenant tells the monitor.
#include "actors/clock.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

#include <fmt/format.h>

namespace tidemark {

// -- for the monitor
// -----------------------------------------------------------------------------------------------

/// A database that was in trouble is looked at again until a look finds it well, whether anything waits for
/// it or not.
caf::result<tenant_health> tenant_state::health() {
  if (!served_twice.empty()) look_for_other_owner();
  auto promise = make_promise<tenant_health>(self);
  auto tell = [this, promise](std::chrono::milliseconds delay, const store_health& found) {
    failures_known = found.failures;
    know_database(found.taken);
    auto trouble = database_trouble();
    tenant_health told{found, trouble.code != ec::none, delay, roster->suspended(), roster->is_loaded()};
    // Not all that is wrong with it is known to its writer.
    if (told.store.last.code == ec::none) told.store.last = std::move(trouble);
    promise.deliver(std::move(told));
  };
  auto fail = [promise](const caf::error& error) { promise.deliver(error); };
  request(self, store, caf::infinite, query_store{})
      .then(
          [this, tell, fail, asked = steady_now(self)](const store_health& found) {
            auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(steady_now(self) - asked);
            // Whoever has the mark may have taken the database, too.
            bool doubtful = found.failures != failures_known || found.is_lost || away.code != ec::none
                            || !served_twice.empty();
            if (!doubtful) return tell(delay, found);
            look_at_database([this, tell, fail, delay] {
              request(self, store, caf::infinite, query_store{})
                  .then([tell, delay](const store_health& now) { tell(delay, now); }, fail);
            });
          },
          fail);
  return promise;
}

caf::result<error_report> tenant_state::errors(const query_errors& wanted) {
  auto promise = make_promise<error_report>(self);
  ask_reader(wanted, promise, [this, promise](error_report& report) {
    report.tenant = settings.config.id;
    for (auto& entry : report.last) entry.tenant = report.tenant;
    promise.deliver(std::move(report));
  });
  return promise;
}

} // namespace tidemark
