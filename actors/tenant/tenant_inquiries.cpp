/// What people ask of a tenant's account through the tenant: how it stands, and what it has.
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/tenant/inquiry.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/nearest.hpp"
#include "messages/caf_error.hpp"
#include "netsuite/account_check.hpp"
#include "netsuite/criteria_discovery.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// Short of the patience of whoever asks (`command_table`).
constexpr auto longest_check = 8min;
constexpr auto longest_discovery = 55min;

using check_state = inquiry_state<account_check, account_check_actor, account_report>;
using discovery_state = inquiry_state<criteria_discovery, discovery_actor, discovery>;

account_check_actor::behavior_type check_run(check_state::pointer self, account_check inquiry,
                                             account_services account, const caf::strong_actor_ptr& asker) {
  return inquire<check_tenant, account_check, account_check_actor, account_report>(
      self, std::move(inquiry), std::move(account), longest_check, asker);
}

discovery_actor::behavior_type discovery_run(discovery_state::pointer self, criteria_discovery inquiry,
                                             account_services account, const caf::strong_actor_ptr& asker) {
  return inquire<discover_criteria, criteria_discovery, discovery_actor, discovery>(
      self, std::move(inquiry), std::move(account), longest_discovery, asker);
}

} // namespace

/// Also without a ledger: whether the account can be worked with does not depend on it.
caf::result<account_report> tenant_state::check_account(const check_tenant& wanted) {
  auto asker = self->current_sender(); // a promise takes it along
  auto promise = make_promise<account_report>(self);
  auto begin = [this, wanted, asker, promise] { begin_check(wanted, asker, promise); };
  when_read(begin, [begin](const caf::error&) { begin(); });
  return promise;
}

void tenant_state::begin_check(const check_tenant& wanted, const caf::strong_actor_ptr& asker,
                               answer_promise<account_report> promise) {
  if (roster->is_stopping())
    return promise.deliver(to_caf_error({ec::stopping, "the tenant is stopping", wanted.tenant}));
  if (checking)
    return promise.deliver(to_caf_error(
        {ec::conflict,
         fmt::format(
             "the account of this tenant is being checked already, for {} s: wait for the end of that",
             (wall_now() - checking_since) / 1000),
         wanted.tenant}));
  auto& config = settings.config;
  check_facts facts{config.id,
                    config.account,
                    account.base_url,
                    config.accept_language,
                    config.concurrency_limit,
                    config.concurrency_auto,
                    {},
                    {},
                    unavailable.message,
                    wall_now()};
  if (roster->is_loaded()) facts.is_suspended = roster->suspended().active();
  if (facts.is_suspended.value_or(false)) {
    facts.suspended_because = roster->suspended().reason;
    // A login that was refused is tried once more, and not again if it is refused once more.
    send(self, settings.pool, retry_login{config.id});
  }
  checking_since = facts.now;
  checking =
      self->spawn<caf::linked>(check_run, account_check{std::move(facts), settings.types}, account, asker);
  request(self, checking, caf::infinite, wanted)
      .then(
          [this, promise](account_report& report) {
            checking = nullptr;
            complete(report);
            promise.deliver(std::move(report));
          },
          [this, promise](const caf::error& error) {
            checking = nullptr;
            promise.deliver(error);
          });
}

/// With what others have found out about the account.
void tenant_state::complete(account_report& report) const {
  if (auto learned = account_notes.find("language_learned"); learned != account_notes.end())
    report.findings.push_back({"language", {}, standing::hint, learned->second.text, {}});
}

/// Imports tell what nobody has described, without a question of their own.
void tenant_state::remember(const discovery& found) {
  constexpr auto code = "fields_undescribed";
  if (found.gained.empty()) {
    account_notes.erase(code);
    return;
  }
  note({{{},
         code,
         settings.config.id,
         fmt::format("the account has {} fields and record types that the criteria do not describe and "
                     "imports leave out "
                     "({}{}), as of the last criteria discover; see criteria diff {}",
                     found.gained.size(), found.gained.front().record_type,
                     found.gained.size() > 1 ? " and others" : "", settings.config.id),
         wall_now()}});
}

caf::result<discovery> tenant_state::discover(const discover_criteria& wanted) {
  auto& types = *settings.types;
  for (auto& name : wanted.record_types)
    if (!criteria_discovery::may_be_wanted(name, types))
      return to_caf_error({ec::unknown_record_type,
                           fmt::format("the criteria file has no record type '{}'{}", name,
                                       did_you_mean(types.nearest(name))),
                           name});
  return when_read<discovery>([this, wanted, asker = self->current_sender()](auto promise) {
    begin_discovery(wanted, asker, promise);
  });
}

/// What was imported before is lost if the account does not have it.
void tenant_state::begin_discovery(const discover_criteria& wanted, const caf::strong_actor_ptr& asker,
                                   answer_promise<discovery> promise) {
  if (auto no = no_guests("discovers nothing")) return promise.deliver(to_caf_error(*no));
  load_marks question;
  for (auto& type : settings.types->record_types())
    if (!type.is_group) question.record_types.push_back(type.name);
  request(self, store, caf::infinite, std::move(question))
      .then([this, wanted, asker,
             promise](const type_marks& known) { run_discovery(wanted, asker, known, promise); },
            [this, wanted, asker, promise](const caf::error&) { run_discovery(wanted, asker, {}, promise); });
}

void tenant_state::run_discovery(const discover_criteria& wanted, const caf::strong_actor_ptr& asker,
                                 const type_marks& known, answer_promise<discovery> promise) {
  if (auto no = no_guests("discovers nothing")) return promise.deliver(to_caf_error(*no));
  std::set<std::string> imported;
  for (auto& mark : known.marks)
    if (mark.watermark != 0) imported.insert(mark.record_type);
  for (auto& [name, why] : known.changed_criteria) imported.insert(name);
  auto run =
      self->spawn<caf::linked>(discovery_run,
                               criteria_discovery{settings.config.id, account.base_url, wanted.record_types,
                                                  settings.types, std::move(imported)},
                               account, asker);
  auto guest = caf::actor_cast<caf::actor>(run);
  guests.insert(guest);
  request(self, run, caf::infinite, wanted)
      .then(
          [this, promise, guest, whole = wanted.record_types.empty()](discovery& found) {
            guests.erase(guest);
            if (whole && found.not_tried.empty()) remember(found);
            promise.deliver(std::move(found));
          },
          [this, promise, guest](const caf::error& error) {
            guests.erase(guest);
            // It was sent away.
            auto no = no_guests("discovers nothing");
            promise.deliver(no ? to_caf_error(*no) : error);
          });
}

} // namespace tidemark
