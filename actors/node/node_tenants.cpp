/// What operators do about tenants and the slots of their accounts.
#include "actors/node/gathering.hpp"
#include "actors/node/node.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

constexpr std::uint32_t greatest_limit = 1000;

void take(tenant_info& info, const tenant_status& status) {
  info.imports_running = status.imports_running;
  info.comparing = status.comparing;
  info.reason = status.served_twice;
  if (!status.taken_over.empty()) {
    info.state = "taken_over";
    info.reason = status.taken_over;
    return;
  }
  if (status.suspended.active()) {
    info.state = "suspended";
    info.reason = status.suspended.reason;
    info.since = status.suspended.since;
    return;
  }
  if (status.database_away.empty()) return;
  info.state = "database_away";
  info.reason = status.database_away;
}

} // namespace

caf::result<pool_status> node_state::tune(const tune_concurrency& wanted) {
  auto known = entry_named(wanted.tenant);
  if (!known) return to_caf_error(known.error());
  if (wanted.limit > greatest_limit)
    return to_caf_error(
        {ec::bad_request, fmt::format("a limit is 1 to {}, not {}", greatest_limit, wanted.limit), "limit"});
  auto& account = (*known)->config.account;
  auto slots = open_pool((*known)->config);
  if (wanted.reset || wanted.limit != 0)
    log(log_level::info, "node", "concurrency_tuned", "account {}: {}{} by {}", account,
        wanted.reset ? "reset" : "",
        wanted.limit != 0 ? fmt::format("{}limit {}", wanted.reset ? ", " : "", wanted.limit) : "",
        wanted.requested_by);
  if (!wanted.reset && wanted.limit == 0) return delegate_to(self, slots, query_pool{});
  set_limit limit{wanted.limit, limit_source::command, fmt::format("set by {}", wanted.requested_by)};
  if (!wanted.reset) return delegate_to(self, slots, std::move(limit));
  if (wanted.limit == 0) return delegate_to(self, slots, reset_pool{});
  auto promise = make_promise<pool_status>(self);
  auto fail_with = [promise](const caf::error& error) mutable { promise.deliver(error); };
  request(self, slots, caf::infinite, reset_pool{})
      .then(
          [this, slots, limit, promise, fail_with](const pool_status&) {
            request(self, slots, caf::infinite, limit)
                .then([promise](const pool_status& status) mutable { promise.deliver(status); }, fail_with);
          },
          fail_with);
  return promise;
}

tenant_info node_state::info_of(const std::string& id, const tenant_entry& entry) const {
  tenant_info info;
  info.id = id;
  info.account = entry.config.account;
  info.state = entry.given_up ? "given_up" : "active";
  if (entry.given_up) info.reason = "its actor died too often; the node's log says why";
  return info;
}

caf::result<tenant_list> node_state::list_tenants() {
  gathering<tenant_list> all{make_promise<tenant_list>(self)};
  for (auto& [id, entry] : tenants) {
    auto index = all.whole().tenants.size();
    all.whole().tenants.push_back(info_of(id, entry));
    all.ask<tenant_status>(
        self, entry.actor, part_patience, query_tenant{},
        [index](tenant_list& list, const tenant_status& status) { take(list.tenants[index], status); },
        [index](tenant_list& list, const caf::error& error) {
          if (!hangs(error)) return;
          list.tenants[index].state = "not answering";
          list.tenants[index].reason = "the node's log may say why";
        });
  }
  return all.answer();
}

template <class Message>
caf::result<tenant_info> node_state::ask_tenant(const Message& message) {
  auto known = entry_named(message.tenant);
  if (!known) return to_caf_error(known.error());
  auto promise = make_promise<tenant_info>(self);
  request(self, (*known)->actor, caf::infinite, message)
      .then(
          [info = info_of(message.tenant, **known), promise](const tenant_status& status) mutable {
            take(info, status);
            promise.deliver(std::move(info));
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

caf::result<tenant_info> node_state::suspend(const suspend_tenant& wanted) { return ask_tenant(wanted); }

caf::result<tenant_info> node_state::resume_tenant(const struct resume_tenant& wanted) {
  return ask_tenant(wanted);
}

} // namespace tidemark
