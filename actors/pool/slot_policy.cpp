#include "actors/pool/slot_policy.hpp"

#include <algorithm>
#include <utility>

namespace tidemark {

namespace {

using namespace std::chrono_literals;

constexpr auto first_refusal_pause = 100ms;
constexpr auto longest_refusal_pause = 5s;
constexpr auto longest_linger = 30s;
constexpr auto shortest_doubt = 100ms;
constexpr auto longest_doubt = 1s;
constexpr auto epoch_bits = 32U;

std::uint32_t ours(const slot_policy_options& options) {
  return options.limit > options.reserve ? options.limit - options.reserve : 1;
}

outage_breaker::options outages(const slot_policy_options& x) {
  return {.after = x.outage_after,
          .pause = x.outage_pause,
          .first_probe_delay = x.first_probe_delay,
          .longest_probe_delay = x.longest_probe_delay,
          .seed = x.seed};
}

} // namespace

slot_policy::slot_policy(slot_policy_options options)
    : options_(options), random_(options.seed), limit_(ours(options)), outage_(outages(options)) {
  options_.limit = std::max<std::uint32_t>(options_.limit, 1);
  // Leases of an earlier pool of the same account must not be taken for ours: begin with an epoch of our own.
  next_lease_ = (random_() >> (epoch_bits + 1)) << epoch_bits;
}

// -- who waits
// -------------------------------------------------------------------------------------------------

void slot_policy::enqueue(const ask& wanted) {
  waiters_.emplace(wanted.waiter, waiter_entry{wanted.lane, wanted.credential, wanted.login, wanted.what});
  logins_.try_emplace(wanted.credential, wanted.login != 0 || wanted.what == purpose::login);
  if (wanted.what == purpose::work)
    queue_.push(wanted.waiter, {wanted.credential, wanted.lane}, wanted.how_urgent, wanted.first);
  else
    ahead_.push_back(wanted.waiter);
}

void slot_policy::forget(waiter_id waiter) {
  auto gone = waiters_.extract(waiter);
  if (gone.empty()) return;
  if (gone.mapped().what == purpose::work)
    queue_.erase(waiter);
  else
    std::erase(ahead_, waiter);
}

std::map<std::string, std::size_t> slot_policy::waiting_by_lane() const {
  std::map<std::string, std::size_t> result;
  for (auto& [waiter, entry] : waiters_) ++result[entry.lane];
  return result;
}

bool slot_policy::may_go(waiter_id waiter) const {
  return logins_.at(waiters_.at(waiter).credential).may_send();
}

std::optional<slot_policy::waiter_id> slot_policy::next_waiter() {
  auto early = std::ranges::find_if(ahead_, [this](auto waiter) { return may_go(waiter); });
  if (early == ahead_.end()) {
    if (outage_.only_probes()) return std::nullopt;
    return queue_.pop([this](auto waiter) { return may_go(waiter); });
  }
  auto result = *early;
  ahead_.erase(early);
  return result;
}

bool slot_policy::has_next() const {
  auto goes = [this](auto waiter) { return may_go(waiter); };
  return std::ranges::any_of(ahead_, goes) || (!outage_.only_probes() && queue_.next(goes));
}

// -- who goes
// --------------------------------------------------------------------------------------------------

std::uint32_t slot_policy::allowed() const {
  bool suspicion = std::ranges::any_of(
      logins_, [](auto& entry) { return entry.second.now() == credential_breaker::state::suspected; });
  return suspicion ? std::max(1U, limit_.now() / 2) : limit_.now();
}

std::vector<slot_policy::decision> slot_policy::advance(time_point now) {
  lingering_.erase(lingering_.begin(), lingering_.upper_bound(now));
  question_ = outage_.advance(is_probing(), doubt(), now) == outage_breaker::news::suspect || question_;
  std::vector<decision> result;
  turn_away(result);
  while (may_grant(now)) {
    auto waiter = next_waiter();
    if (!waiter) break;
    auto entry = std::move(waiters_.extract(*waiter).mapped());
    auto& login = logins_.at(entry.credential);
    login.sent(now);
    auto lease = ++next_lease_;
    auto beside = in_use();
    bool last_slot = beside + 1 >= limit_.now();
    result.push_back({*waiter, decision::outcome::granted, lease, outage(), 0});
    open_.emplace(lease, open_lease{std::move(entry.credential), entry.login, entry.what, now,
                                    last_slot ? limit_.now() : 0, beside, login.goes_alone(), outage()});
    ++granted_;
  }
  return result;
}

bool slot_policy::may_grant(time_point now) const {
  if (waiters_.empty() || now < no_grant_before_ || in_use() >= allowed()) return false;
  return !outage() || (now >= outage_.next_probe() && !has_open_probe());
}

bool slot_policy::has_open_probe() const {
  return std::ranges::any_of(open_, [](auto& entry) { return entry.second.probe; });
}

/// Whether a request is under way, or about to be, that only asks how the account is.
bool slot_policy::is_probing() const {
  auto asks = [](auto& entry) { return entry.second.what == purpose::probe; };
  return std::ranges::any_of(open_, asks)
         || std::ranges::any_of(ahead_, [this](auto id) { return waiters_.at(id).what == purpose::probe; });
}

/// How long open requests are given to tell whose fault a failure was.
slot_policy::duration slot_policy::doubt() const {
  return std::clamp<duration>(2 * response_time_, shortest_doubt, longest_doubt);
}

void slot_policy::turn_away(std::vector<decision>& result) {
  std::vector<waiter_id> gone;
  for (auto& [waiter, entry] : waiters_) {
    auto& login = logins_.at(entry.credential);
    if (login.now() == credential_breaker::state::refused)
      result.push_back({waiter, decision::outcome::refused, 0, false, 0});
    else if (entry.what != purpose::login && login.is_stale(entry.login))
      result.push_back({waiter, decision::outcome::sign_anew, 0, false, login.refused_generation()});
    else
      continue;
    gone.push_back(waiter);
  }
  for (auto waiter : gone) forget(waiter);
}

std::optional<slot_policy::time_point> slot_policy::next_grant() const {
  if (!has_next() || (outage() && has_open_probe())) return std::nullopt;
  auto result = no_grant_before_;
  if (in_use() >= allowed()) {
    if (lingering_.empty()) return std::nullopt;
    result = std::max(result, lingering_.begin()->first);
  }
  if (outage()) result = std::max(result, outage_.next_probe());
  return result;
}

std::optional<slot_policy::time_point> slot_policy::wake_at() const {
  auto result = next_grant();
  auto step = is_probing() ? std::nullopt : outage_.next_step(doubt());
  return step && (!result || *step < *result) ? step : result;
}

// -- what came of it
// -------------------------------------------------------------------------------------------

slot_policy::news slot_policy::close(const closed_transfer& what, time_point now) {
  news result;
  auto found = open_.find(what.lease);
  if (found == open_.end()) return result;
  result.known = true;
  auto lease = std::move(found->second);
  open_.erase(found);
  take_login_news(result, lease, what, now);
  if (!what.opened) return result;
  if (what.code == ec::cancelled) {
    lingering_.emplace(now + std::min<duration>(response_time_, longest_linger), what.lease);
    if (lease.probe) outage_.inconclusive(now);
    return result;
  }
  if (what.code == ec::connection_lost) { // says nothing, neither of the account nor of the request
    if (lease.probe) outage_.inconclusive(now);
    return result;
  }
  if (outage_breaker::is_failure(what.code)) {
    if (lease.what == purpose::probe) outage_.unanswered(now);
    result.account = outage_.failed(what.lease, what.text, what.code, lease.probe, open_.size(), now);
    return result;
  }
  if (wants_rest(what.code, what.retry_after)) {
    ++refused_;
    limit_.refused(taken_beside(what.lease, lease));
    result.account = outage_.wants_rest(what.text, now);
    return result;
  }
  if (what.code == ec::refused) {
    refusals({taken_beside(what.lease, lease)}, what.retry_after, now);
    // Whoever refuses is there; but it says nothing about failures that may be somebody's own.
    if (outage()) result.account = outage_.answered();
    return result;
  }
  result.account = outage_.answered();
  if (what.code == ec::authentication) return result;
  refusal_bursts_ = 0;
  response_time_ = (response_time_ * 7 + std::chrono::duration_cast<duration>(what.took)) / 8;
  limit_.accepted(lease.level);
  return result;
}

void slot_policy::take_login_news(news& result, const open_lease& lease, const closed_transfer& what,
                                  time_point now) {
  auto& login = logins_.at(lease.credential);
  auto kind = lease.what == purpose::login ? credential_breaker::purpose::login
                                           : credential_breaker::purpose::request;
  result.login = login.closed(what.code, lease.login, kind, lease.alone, what.opened, now);
  result.credential = lease.credential;
  if (what.opened && what.code == ec::authentication) {
    auto& beside = beside_401s_[lease.credential];
    if (login.disguised() <= 1) beside.clear(); // the first of a suspicion
    beside.push_back(taken_beside(what.lease, lease));
  }
  if (result.login != credential_breaker::news::disguised) return;
  auto beside = std::exchange(beside_401s_[lease.credential], {});
  disguised_ += beside.size();
  refusals(beside, {}, now);
}

/// How many requests the account had accepted when it refused this one. Some that were open beside it at its
/// grant may have ended before its refusal came here, and some may have gone out since; but as many as at the
/// better of the two moments were open at once, and are not known to be refused.
std::uint32_t slot_policy::taken_beside(transfer_id refused, const open_lease& lease) {
  for (auto later = open_.upper_bound(refused); later != open_.end(); ++later)
    if (later->second.beside > 0) --later->second.beside;
  return std::max(lease.beside, in_use());
}

void slot_policy::refusals(const std::vector<std::uint32_t>& taken, std::chrono::seconds retry_after,
                           time_point now) {
  refused_ += taken.size();
  // Refusals of requests that were open together are one burst: its size says nothing about how long to wait.
  bool same_burst = now < no_grant_before_ && refusal_bursts_ > 0;
  if (!same_burst) ++refusal_bursts_;
  auto reaction = adaptive_limit::reaction::none;
  for (auto beside : taken) reaction = std::max(reaction, limit_.refused(beside));
  auto until = now + retry_after;
  if (retry_after == 0s) {
    // A step that was one too many: the level before it is known to be accepted.
    if (reaction == adaptive_limit::reaction::stepped) return;
    auto pause = std::min<duration>(first_refusal_pause * (1U << std::min(refusal_bursts_ - 1, 6U)),
                                    longest_refusal_pause);
    until = now + jittered(pause);
  }
  no_grant_before_ = std::max(no_grant_before_, until);
}

// -- what operators and tenants say
// ----------------------------------------------------------------------------

void slot_policy::set_limit(std::uint32_t limit) {
  options_.limit = std::max(limit, 1U);
  limit_.set_most(ours(options_));
}

void slot_policy::set_reserve(std::uint32_t reserve) {
  options_.reserve = reserve;
  limit_.set_most(ours(options_));
}

void slot_policy::reset(const std::vector<transfer_id>& stale) {
  limit_.reset();
  refusal_bursts_ = 0;
  no_grant_before_ = {};
  outage_.try_now();
  for (auto id : stale)
    if (auto gone = open_.extract(id))
      logins_.at(gone.mapped().credential)
          .closed(ec::cancelled, 0, credential_breaker::purpose::request, false, false, {});
  next_lease_ = ((next_lease_ >> epoch_bits) + 1) << epoch_bits;
}

void slot_policy::retry_login(const std::string& credential) {
  logins_.try_emplace(credential).first->second.retry();
}

credential_breaker::state slot_policy::login_state(const std::string& credential) const {
  auto found = logins_.find(credential);
  return found == logins_.end() ? credential_breaker::state::unproven : found->second.now();
}

std::vector<transfer_id> slot_policy::open_leases(duration age, time_point now) const {
  std::vector<transfer_id> result;
  for (auto& [id, lease] : open_)
    if (now - lease.since >= age) result.push_back(id);
  return result;
}

slot_policy::duration slot_policy::jittered(duration base) {
  // Half to whole: two nodes on one account must not come back in step.
  return duration{std::uniform_int_distribution<duration::rep>{base.count() / 2, base.count()}(random_)};
}

} // namespace tidemark
