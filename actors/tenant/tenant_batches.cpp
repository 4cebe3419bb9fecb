/// The tenant's answers about batches: which there are, which records were kept aside, what waits for what,
/// and the retry of those that failed.
#include <fmt/format.h>

#include "actors/import/blockers.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

batch_info describe(const batch_row& row) {
  batch_info info;
  info.number = row.number;
  info.record_type = row.record_type;
  info.from_start = !row.range.after;
  info.after = row.range.after.value_or(0);
  info.up_to = row.range.up_to;
  info.weight = row.weight;
  info.state = row.state;
  info.counters = row.counters;
  info.deaths = row.deaths;
  info.stored = row.stored;
  info.rejected = row.rejected;
  info.error_code = row.error_code;
  info.error_text = row.error_text;
  info.operation_id = row.operation_id;
  return info;
}

batch_list select(const ledger_snapshot& snapshot, const list_batches& wanted) {
  batch_list result;
  result.import_id = snapshot.import.id;
  for (auto& row : snapshot.batches) {
    if (!wanted.record_type.empty() && row.record_type != wanted.record_type) continue;
    if (!wanted.state.empty() && to_string(row.state) != wanted.state) continue;
    if (result.batches.size() < wanted.limit)
      result.batches.push_back(describe(row));
    else
      ++result.left_off;
  }
  return result;
}

} // namespace

caf::result<batch_list> tenant_state::batches(const list_batches& wanted) {
  if (!wanted.state.empty() && !from_string<batch_state>(wanted.state))
    return to_caf_error(
        {ec::bad_request,
         fmt::format("{} is no state of a batch; use pending, running, completed, failed, split or "
                     "cancelled",
                     wanted.state),
         "state"});
  auto promise = make_promise<batch_list>(self);
  request(self, store, caf::infinite, load_import{wanted.id})
      .then([promise, wanted](const ledger_snapshot& x) mutable { promise.deliver(select(x, wanted)); },
            [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

caf::result<rejected_list> tenant_state::rejected(const list_rejected& wanted) {
  if (!wanted.record_type.empty() && settings.types->find(wanted.record_type) == nullptr)
    return to_caf_error(
        {ec::unknown_record_type,
         fmt::format("no record type {} in the criteria; see record-types", wanted.record_type),
         wanted.record_type});
  auto promise = make_promise<rejected_list>(self);
  request(self, store, caf::infinite, load_rejected{wanted.record_type, wanted.limit})
      .then([promise](const rejected_list& list) mutable { promise.deliver(list); },
            [promise](const caf::error& error) mutable { promise.deliver(error); });
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
  request(self, store, caf::infinite, load_import{import_id})
      .then(
          [this, promise](const ledger_snapshot& snapshot) mutable {
            waiting_facts facts;
            facts.status = seen(status_of(snapshot));
            facts.behind = roster->behind(facts.status.id);
            promise.deliver(blockers_of(facts));
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
}

} // namespace tidemark
