#include "actors/pool/pool.hpp"

#include <algorithm>
#include <array>

#include "actors/clock.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"
#include "netsuite/login_refusal.hpp"
#include "store/utc_text.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// A lease whose transfer is not open for so long after its grant has lost its holder's message.
constexpr auto stale_after = 60s;

constexpr std::array<std::string_view, 4> login_states{"unproven", "proven", "suspected", "refused"};

std::uint32_t ten_thousandths(double share) { return static_cast<std::uint32_t>(share * 10'000 + 0.5); }

/// Why an account that asks for a long wait is not asked.
std::string rest_text(std::chrono::seconds wait) {
  return fmt::format("it wants no requests before {} (Retry-After: {} s)",
                     to_utc_seconds(wall_now() + std::chrono::milliseconds{wait}.count()), wait.count());
}

/// Whether an answer came, whatever it said.
bool was_answered(const transfer_closed& closed) {
  return closed.opened && closed.code != ec::cancelled && closed.code != ec::transport
         && closed.code != ec::timeout && closed.code != ec::connection_lost;
}

} // namespace

void pool_state::start(std::string account_name, const slot_policy_options& options, http_actor engine) {
  account = std::move(account_name);
  policy.emplace(options);
  usage.emplace(steady_now(self));
  http = std::move(engine);
  known_limit = present_limit = {policy->limit(), limit_source::configured, {}};
}

// -- slots
// -----------------------------------------------------------------------------------------------------

caf::result<lease> pool_state::acquire(const acquire_slot& wanted) {
  auto sender = self->current_sender();
  if (monitored.insert(sender->address()).second) self->monitor(sender);
  auto promise = make_promise<lease>(self);
  auto id = ++next_waiter;
  waiters.emplace(id, waiter{sender->address(), promise, wanted.tenant});
  tenants.insert(wanted.tenant);
  policy->enqueue(
      {id, wanted.import_id, wanted.how_urgent, wanted.retry, wanted.tenant, wanted.login, wanted.what});
  grant();
  return promise;
}

void pool_state::grant() {
  for (auto& decided : policy->advance(steady_now(self))) deliver(decided);
  if (policy->take_question()) tell_account_news(outage_breaker::news::suspect, {});
  settle_judgements();
  usage->set(policy->in_use(), policy->most(), steady_now(self));
  schedule();
}

void pool_state::deliver(const slot_policy::decision& decided) {
  auto found = waiters.extract(decided.waiter);
  auto& waiting = found.mapped();
  switch (decided.what) {
  case slot_policy::decision::outcome::granted:
    holders.emplace(decided.lease, waiting.who);
    waiting.promise.deliver(lease{decided.lease, decided.probe, policy->most(), 0});
    break;
  case slot_policy::decision::outcome::sign_anew:
    waiting.promise.deliver(lease{0, false, 0, decided.stale_login});
    break;
  case slot_policy::decision::outcome::refused:
    waiting.promise.deliver(to_caf_error({ec::authentication, refusal_of(waiting.tenant), waiting.tenant}));
  }
}

void pool_state::schedule() {
  auto next = policy->wake_at();
  if (!next || (timer_at && *timer_at <= *next)) return;
  timer_at = next;
  auto delay = std::max(*next - steady_now(self), slot_policy::duration::zero());
  delayed_send_self(self, delay, tick{++timer_generation});
}

void pool_state::wake(std::uint64_t generation) {
  if (generation != timer_generation) return;
  timer_at.reset();
  grant();
}

void pool_state::close(const transfer_closed& closed) {
  holders.erase(closed.id);
  auto text = wants_rest(closed.code, closed.retry_after) ? rest_text(closed.retry_after) : closed.text;
  auto news = policy->close(
      {closed.id, closed.code, closed.duration, closed.retry_after, closed.opened, text}, steady_now(self));
  if (news.known && was_answered(closed)) {
    ++transfers;
    reused += closed.reused ? 1 : 0;
  }
  if (closed.code == ec::refused)
    log(log_level::debug, "pool", "refused", "account {} refused a request; granting at most {} of {} slots",
        account, policy->effective(), policy->most());
  tell_account_news(news.account, text);
  tell_login_news(news, {std::string{without_login_failed(closed.text)},
                         likely_login_causes(closed.server_date, wall_now())});
  grant();
}

// -- what is told of the account and its logins
// -----------------------------------------------------------------

template <class Message>
void pool_state::tell_watchers(const Message& message) {
  for (auto& watcher : watchers) send(self, watcher, message);
}

void pool_state::tell_account_news(outage_breaker::news news, const std::string& text) {
  switch (news) {
  case outage_breaker::news::none: return;
  case outage_breaker::news::suspect:
    if (watchers.empty()) policy->nobody_asks();
    return tell_watchers(account_suspect{});
  case outage_breaker::news::down:
    failing_since = wall_now();
    log(log_level::warning, "pool", "account_down", "account {} does not answer: {}", account, text);
    return tell_watchers(account_suspect{});
  case outage_breaker::news::unavailable:
    if (failing_since == 0) failing_since = wall_now();
    return tell_watchers(account_unavailable{failing_since, policy->outage_reason()});
  case outage_breaker::news::up:
    failing_since = 0;
    log(log_level::info, "pool", "account_up", "account {} answers again", account);
    return tell_watchers(account_available{});
  }
}

void pool_state::tell_login_news(const slot_policy::news& news, const refused_login& said) {
  switch (news.login) {
  case credential_breaker::news::none: return;
  case credential_breaker::news::suspected:
    login_texts[news.credential] = said;
    log(log_level::warning, "pool", "login_suspected",
        "account {} refused a login of tenant {}; one request alone will tell whether it is too many "
        "requests: {}",
        account, news.credential, said.text);
    return;
  case credential_breaker::news::disguised:
    login_texts.erase(news.credential);
    log(log_level::info, "pool", "login_passes",
        "the login of tenant {} passes: the account refused for concurrency; granting at most {} of {} slots",
        news.credential, policy->effective(), policy->most());
    return;
  case credential_breaker::news::refused:
    login_texts[news.credential] = said;
    log(log_level::error, "pool", "login_refused", "tenant {}: {}", news.credential,
        refusal_of(news.credential));
    return tell_watchers(login_refused{news.credential, refusal_of(news.credential)});
  }
}

std::string pool_state::refusal_of(const std::string& tenant) const {
  auto found = login_texts.find(tenant);
  auto said = found == login_texts.end() ? refused_login{"no further text", likely_login_causes(0, 0)}
                                         : found->second;
  return fmt::format("{}NetSuite refused the login twice ({}); {}; correct it, then run tidemark tenant "
                     "resume {} (five refused logins lock the user for half an hour)",
                     login_failed, said.text, said.causes, tenant);
}

void pool_state::retry(const retry_login& wanted) {
  policy->retry_login(wanted.tenant);
  grant();
}

caf::result<judged> pool_state::judge(const judge_failure& wanted) {
  if (auto verdict = policy->is_excused(wanted.id)) return judged{*verdict};
  auto promise = make_promise<judged>(self);
  judgements.emplace(wanted.id, promise);
  schedule();
  return promise;
}

void pool_state::settle_judgements() {
  for (auto i = judgements.begin(); i != judgements.end();) {
    auto verdict = policy->is_excused(i->first);
    if (verdict) i->second.deliver(judged{*verdict});
    i = verdict ? judgements.erase(i) : std::next(i);
  }
}

// -- who is there
// ----------------------------------------------------------------------------------------------

void pool_state::holder_down(const caf::actor_addr& who) {
  monitored.erase(who);
  std::erase_if(watchers, [&](auto& watcher) { return watcher.address() == who; });
  for (auto i = waiters.begin(); i != waiters.end();) {
    if (i->second.who != who) {
      ++i;
      continue;
    }
    policy->forget(i->first);
    i = waiters.erase(i);
  }
  for (auto& [id, holder] : holders)
    if (holder == who) send(self, http, cancel_transfer{id, self});
  schedule();
}

void pool_state::watch(const account_watcher& watcher) {
  if (watchers.insert(watcher).second && monitored.insert(watcher.address()).second) self->monitor(watcher);
  if (policy->is_unavailable())
    send(self, watcher, account_unavailable{failing_since, policy->outage_reason()});
}

// -- for operators
// ---------------------------------------------------------------------------------------------

pool_status pool_state::set(const set_limit& wanted) {
  if (wanted.reserve) policy->set_reserve(*wanted.reserve);
  if (wanted.source != limit_source::command) {
    // What the account told once is better than that it would not tell another tenant.
    bool worse = wanted.source == limit_source::fallback && known_limit.source == limit_source::governance;
    if (!worse) known_limit = wanted;
    if (present_limit.source == limit_source::command) return status();
    present_limit = known_limit;
  } else {
    present_limit = wanted;
  }
  if (policy->limit() != present_limit.limit) policy->set_limit(present_limit.limit);
  log(log_level::info, "pool", "limit",
      "account {} takes {} requests at once ({}{}{}), {} of them are left to others", account,
      policy->limit(), to_string(present_limit.source), present_limit.note.empty() ? "" : ": ",
      present_limit.note, policy->limit() - std::min(policy->limit(), policy->most()));
  return status();
}

/// A lease can only be stale by a defect: its transfer ended, or never began, and nobody said so.
caf::result<pool_status> pool_state::reset() {
  auto promise = make_promise<pool_status>(self);
  request(self, http, caf::infinite, list_transfers{})
      .then(
          [this, promise](const open_transfers& open) mutable {
            auto stale = policy->open_leases(stale_after, steady_now(self));
            std::erase_if(stale, [&](auto id) { return std::ranges::find(open.ids, id) != open.ids.end(); });
            present_limit = known_limit;
            policy->set_limit(known_limit.limit);
            policy->reset(stale);
            for (auto id : stale) holders.erase(id);
            log(log_level::info, "pool", "reset",
                "account {}: what was learnt is forgotten, {} stale leases with it", account, stale.size());
            promise.deliver(status());
          },
          [promise](const caf::error& error) mutable { promise.deliver(error); });
  return promise;
}

pool_status pool_state::status() {
  grant(); // a slot that lingers while nobody waits has no timer of its own
  auto now = steady_now(self);
  pool_status result;
  result.account = account;
  result.limit = policy->limit();
  result.source = present_limit.source;
  result.source_note = present_limit.note;
  result.reserve = policy->limit() - std::min(policy->limit(), policy->most());
  result.effective = policy->effective();
  result.in_use = policy->in_use();
  result.lingering = policy->lingering();
  result.waiting = policy->waiting();
  for (auto& [lane, count] : policy->waiting_by_lane())
    result.lanes.push_back({lane, static_cast<std::uint32_t>(count)});
  result.granted = policy->granted();
  result.refused = policy->refused();
  result.refused_as_401 = policy->disguised();
  result.busy_1m = ten_thousandths(usage->share(1min, now));
  result.busy_5m = ten_thousandths(usage->share(5min, now));
  result.busy_15m = ten_thousandths(usage->share(15min, now));
  result.transfers = transfers;
  result.reused = reused;
  for (auto& tenant : tenants)
    result.logins.push_back(
        {tenant, std::string{login_states.at(static_cast<std::size_t>(policy->login_state(tenant)))}});
  result.outage = policy->outage();
  result.outage_reason = policy->outage_reason();
  result.refused_in_a_row = policy->refused_in_a_row();
  return result;
}

pool_actor::behavior_type pool(pool_actor::stateful_pointer<pool_state> self, std::string account,
                               slot_policy_options options, http_actor http) {
  name_exceptions(self);
  state_of(self).start(std::move(account), options, std::move(http));
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).holder_down(down.source); });
  return {
      [self](const acquire_slot& wanted) { return state_of(self).acquire(wanted); },
      [self](const transfer_closed& closed) { state_of(self).close(closed); },
      [self](const judge_failure& wanted) { return state_of(self).judge(wanted); },
      [self](const query_pool&) { return state_of(self).status(); },
      [self](const watch_pool& watch) { state_of(self).watch(watch.watcher); },
      [self](const retry_login& wanted) { state_of(self).retry(wanted); },
      [self](const set_limit& wanted) { return state_of(self).set(wanted); },
      [self](const reset_pool&) { return state_of(self).reset(); },
      [self](const tick& due) { state_of(self).wake(due.generation); },
  };
}

} // namespace tidemark
