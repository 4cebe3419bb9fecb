/// The tenant's answers about batches: which there are, which records were kept aside, what waits for what,
/// and the retry of those that failed.
#include <fmt/format.h>

#include "actors/import/blockers.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "config/nearest.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

/// A list of a record type that nobody knows is refused. One that was in the criteria once may have something
/// to show.
template <class List>
void deliver_list(answer_promise<List> promise, List list, bool is_empty, const std::string& record_type,
                  const criteria& types) {
  bool is_known = record_type.empty() || types.find(record_type) != nullptr;
  if (is_known || !is_empty) return promise.deliver(std::move(list));
  auto near = did_you_mean(types.nearest(record_type));
  promise.deliver(to_caf_error({ec::unknown_record_type,
                                fmt::format("no record type {} in the criteria{} see record-types",
                                            record_type, near.empty() ? ";" : near),
                                record_type}));
}

} // namespace

caf::result<batch_list> tenant_state::batches(const list_batches& wanted) {
  auto promise = make_promise<batch_list>(self);
  ask_reader(wanted, promise, [this, promise, wanted](batch_list& list) {
    bool is_empty = wanted.after == 0 && list.batches.empty();
    deliver_list(promise, std::move(list), is_empty, wanted.record_type, *settings.types);
  });
  return promise;
}

caf::result<rejected_list> tenant_state::rejected(const list_rejected& wanted) {
  auto promise = make_promise<rejected_list>(self);
  ask_reader(wanted, promise, [this, promise, wanted](rejected_list& list) {
    bool is_empty = wanted.after == 0 && list.records.empty();
    deliver_list(promise, std::move(list), is_empty, wanted.record_type, *settings.types);
  });
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
        // Whoever has it now can tell.
        if (roster->lost_to().code != ec::none && !is_final(status.state))
          return promise.deliver(to_caf_error(roster->lost_to()));
        waiting_facts facts;
        facts.status = status;
        facts.behind = roster->ahead_of(status.id);
        facts.failed = !is_final(status.state) && roster->has_failed(status.id);
        // What rests for one thing may have to wait for the account as well.
        request(self, settings.pool, caf::infinite, query_pool{})
            .then(
                [promise, facts](const pool_status& pool) {
                  auto all = facts;
                  all.pool = pool;
                  promise.deliver(blockers_of(all));
                },
                [promise, facts](const caf::error&) { promise.deliver(blockers_of(facts)); });
      },
      [promise](const caf::error& error) { promise.deliver(error); });
}

} // namespace tidemark
