/// The tenant's answers about batches: which there are, which records were kept aside, what waits for what,
/// and the retry of those that failed.
#include <fmt/format.h>

#include "actors/import/blockers.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

caf::result<batch_list> tenant_state::batches(const list_batches& wanted) {
  auto promise = make_promise<batch_list>(self);
  ask_reader(wanted, promise, [promise](batch_list& list) { promise.deliver(std::move(list)); });
  return promise;
}

caf::result<rejected_list> tenant_state::rejected(const list_rejected& wanted) {
  if (!wanted.record_type.empty() && settings.types->find(wanted.record_type) == nullptr)
    return to_caf_error(
        {ec::unknown_record_type,
         fmt::format("no record type {} in the criteria; see record-types", wanted.record_type),
         wanted.record_type});
  auto promise = make_promise<rejected_list>(self);
  ask_reader(wanted, promise, [promise](rejected_list& list) { promise.deliver(std::move(list)); });
  return promise;
}

caf::result<blocker_list> tenant_state::blockers(const query_blockers& wanted) {
  auto promise = make_promise<blocker_list>(self);
  auto found = actors.find(wanted.id);
  if (found == actors.end()) {
    blockers_in_ledger(wanted.id, promise);
    return promise;
  }
  request(self, found->second, caf::infinite, wanted)
      .then([promise](const blocker_list& list) mutable { promise.deliver(list); },
            // It ended or died in this very moment.
            [this, id = wanted.id, promise](const caf::error&) { blockers_in_ledger(id, promise); });
  return promise;
}

void tenant_state::blockers_in_ledger(const std::string& import_id, answer_promise<blocker_list> promise) {
  answer_with_status(
      import_id,
      [this, promise](const import_status& status) {
        waiting_facts facts;
        facts.status = status;
        facts.behind = roster->behind(status.id);
        facts.failed = !is_final(status.state) && roster->has_failed(status.id);
        promise.deliver(blockers_of(facts));
      },
      [promise](const caf::error& error) { promise.deliver(error); });
}

} // namespace tidemark
