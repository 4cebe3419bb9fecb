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

caf::result<tenant_health> tenant_state::health() {
  auto promise = make_promise<tenant_health>(self);
  request(self, store, caf::infinite, query_store{})
      .then(
          [this, promise, asked = steady_now(self)](const store_health& found) mutable {
            // A tenant that is only just beginning has not met any trouble yet.
            bool waited_for = unreadable || roster->waits_for_database();
            auto delay = steady_now(self) - asked;
            promise.deliver(tenant_health{found, waited_for,
                                          std::chrono::duration_cast<std::chrono::milliseconds>(delay),
                                          roster->suspended()});
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
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
