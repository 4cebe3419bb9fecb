/// Random histories of one account, held against a small model of who waits and who holds what.
#include "actors/pool/slot_policy.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>
namespace slot_policy_histories_test {

using namespace tidemark;
using namespace std::chrono_literals;

using fate = slot_policy::decision::outcome;

constexpr std::array codes{ec::none,           ec::none,      ec::none,     ec::none,
                           ec::refused,        ec::transport, ec::timeout,  ec::server,
                           ec::maintenance,    ec::cancelled, ec::rejected, ec::authentication,
                           ec::connection_lost};

/// The same events for the policy and for a model; complains where they differ.
class history {
public:
  history(std::uint64_t seed, std::uint32_t limit, std::uint32_t reserve)
      : random_(seed),
        hurries_(seed % 2 == 0),
        policy_({.limit = limit,
                 .reserve = reserve,
                 .outage_after = 1 + static_cast<std::uint32_t>(seed % 5),
                 .outage_pause = 20s,
                 .first_probe_delay = 1s,
                 .longest_probe_delay = 8s,
                 .seed = seed}) {}

  void step() {
    switch (pick(10)) {
    case 0:
    case 1:
    case 2:
    case 3: ask(); break;
    case 4: leave(); break;
    case 5:
    case 6: close(codes[pick(codes.size())]); break;
    case 7: now_ += std::chrono::milliseconds{pick(3000)}; break;
    case 8: rarely(); break;
    default:
      if (auto at = policy_.wake_at()) now_ = std::max(now_, *at);
    }
    advance();
    check();
  }

  /// Everything is answered well from here on; true if everyone was served in a sensible number of steps.
  bool drain() {
    for (int steps = 0; steps < 2000 && policy_.waiting() > 0; ++steps) {
      for (auto& tenant : tenants) policy_.retry_login(tenant);
      while (!open_.empty()) close(ec::none, true);
      advance();
      check();
      if (policy_.waiting() == 0) break;
      if (open_.empty()) {
        auto at = policy_.wake_at();
        if (!at) return false;
        now_ = std::max(now_, *at);
        advance();
      }
    }
    return policy_.waiting() == 0 && waiting_.empty();
  }

private:
  static inline const std::array<std::string, 2> tenants{"one", "two"};

  struct waiter {
    std::size_t lane;
    std::size_t tenant;
    std::uint64_t login;
    std::uint64_t since; ///< in grants
    bool asks = false;   ///< only how the account is
  };
  struct lease {
    transfer_id id;
    std::size_t tenant;
    bool probe;
    bool asks; ///< only how the account is
  };
  struct undecided {
    transfer_id id;
    slot_policy::time_point since; ///< it failed, or what asked how the account is did
  };

  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }

  void ask(slot_purpose what = slot_purpose::work) {
    // Lanes 0 and 1 are imports of the first tenant, 2 of the second; the scheduled ones are lanes of their
    // own.
    auto lane = pick(4);
    auto tenant = lane == 2 ? std::size_t{1} : 0;
    if (pick(12) == 0) what = pick(2) == 0 ? slot_purpose::login : slot_purpose::probe;
    slot_policy::ask wanted{++last_waiter_, "lane " + std::to_string(lane)};
    wanted.how_urgent = lane == 3 ? urgency::scheduled : urgency::interactive;
    wanted.first = hurries_ && pick(4) == 0;
    wanted.credential = tenants[tenant];
    wanted.login = generation_[tenant];
    wanted.what = what;
    policy_.enqueue(wanted);
    waiting_[last_waiter_] = {what == slot_purpose::work ? lane : lane + 10, tenant, wanted.login, grants_,
                              what == slot_purpose::probe};
  }

  void leave() {
    if (waiting_.empty()) return;
    auto who = std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(pick(waiting_.size())));
    policy_.forget(who->first);
    waiting_.erase(who);
  }

  void close(ec code, bool always_opened = false) {
    if (open_.empty()) return;
    auto which = open_.begin() + static_cast<std::ptrdiff_t>(pick(open_.size()));
    auto ended = *which;
    open_.erase(which);
    auto opened = always_opened || pick(10) != 0;
    auto retry_after = std::chrono::seconds{pick(5) == 0 ? pick(4) : 0};
    auto took = std::chrono::milliseconds{pick(2000)};
    auto news = policy_.close({ended.id, code, took, retry_after, opened, "text"}, now_);
    if (news.account == outage_breaker::news::suspect) asked_at_ = now_;
    if (opened && outage_breaker::is_failure(code)) {
      if (ended.asks)
        for (auto& failed : judged_) failed.since = now_;
      judged_.push_back({ended.id, now_});
      confirmed_ = confirmed_ || ended.probe;
    }
    if (opened && code == ec::authentication) ++generation_[ended.tenant];
    // A late or doubled end changes nothing.
    if (pick(4) == 0 && policy_.close({ended.id, ec::refused, took, 0s, true, "again"}, now_).known)
      FAIL("a lease ended twice");
  }

  void rarely() {
    if (pick(3) == 0) policy_.retry_login(tenants[pick(2)]);
    if (pick(10) == 0) policy_.reset({});
  }

  void advance() {
    auto was_down = policy_.outage();
    for (auto& decided : policy_.advance(now_)) {
      auto found = waiting_.find(decided.waiter);
      if (found == waiting_.end()) FAIL("a decision about somebody who does not wait");
      auto who = found->second;
      waiting_.erase(found);
      if (decided.what == fate::sign_anew && who.login >= generation_[who.tenant])
        FAIL("a good login was stale");
      if (decided.what != fate::granted) continue;
      if (decided.probe != was_down) FAIL("a probe that is none, or the reverse");
      open_.push_back({decided.lease, who.tenant, decided.probe, who.asks});
      check_turn(who);
    }
    take_question();
  }

  bool is_asked() const {
    return std::ranges::any_of(open_, &lease::asks)
           || std::ranges::any_of(waiting_, [](auto& entry) { return entry.second.asks; });
  }

  /// Now and then somebody asks.
  void take_question() {
    if (!policy_.take_question()) return;
    if (judged_.empty()) FAIL("a question about nothing");
    asked_at_ = now_;
    if (pick(4) == 0) return policy_.nobody_asks();
    if (pick(2) == 0) return;
    ask(slot_purpose::probe);
    advance();
  }

  /// Between two grants of one tenant every other one that waited all the time had its turn, and of one lane
  /// every other one of the tenant. Only where nothing but the order decides: no hurry, no doubtful login.
  void check_turn(const waiter& who) {
    ++grants_;
    if (who.lane >= 10) return;
    auto doubtful = std::ranges::any_of(tenants, [&](auto& tenant) {
      return policy_.login_state(tenant) != credential_breaker::state::proven;
    });
    doubt_ = doubtful ? grants_ : doubt_;
    bool scheduled = who.lane == 3; // its tenant's turn was another one
    auto before = last_grant_[who.lane];
    auto tenant_before = scheduled ? before : tenant_grant_[who.tenant];
    if (!hurries_ && before > doubt_ + 1 && !policy_.outage())
      for (auto& [id, other] : waiting_) {
        if (other.lane == who.lane || other.lane >= 3) continue;
        bool same = other.tenant == who.tenant;
        auto since = same ? before : tenant_before;
        auto served = same || scheduled ? last_grant_[other.lane] : tenant_grant_[other.tenant];
        if (other.since < since && served < since) FAIL("served twice while another waited");
      }
    last_grant_[who.lane] = grants_;
    if (!scheduled) tenant_grant_[who.tenant] = grants_;
  }

  void check() {
    if (policy_.in_use() > policy_.most()) FAIL("more leases than the limit");
    if (policy_.waiting() != waiting_.size()) FAIL("somebody was lost");
    if (policy_.open_leases(0s, now_).size() != open_.size()) FAIL("a lease was lost");
    if (policy_.effective() < 1 || policy_.effective() > policy_.most()) FAIL("no sensible limit");
    if (std::ranges::count_if(open_, &lease::probe) > 1) FAIL("two probes");
    check_logins();
    check_idle();
    check_verdicts();
  }

  void check_logins() {
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      auto state = policy_.login_state(tenants[i]);
      if (state != credential_breaker::state::refused) continue;
      for (auto& [id, who] : waiting_)
        if (who.tenant == i) FAIL("somebody waits with a refused login");
    }
  }

  void check_idle() {
    auto at = policy_.wake_at();
    if (at && *at <= now_) FAIL("a grant was possible and not made");
    if (waiting_.empty()) return;
    if (open_.empty() && !at) FAIL("nobody would ever ask again");
    auto sure = std::ranges::any_of(waiting_, [&](auto& entry) {
      return policy_.login_state(tenants[entry.second.tenant]) == credential_breaker::state::proven;
    });
    auto doubt = std::ranges::any_of(tenants, [&](auto& tenant) {
      return policy_.login_state(tenant) == credential_breaker::state::suspected;
    });
    if (sure && !doubt && !policy_.outage() && policy_.in_use() < policy_.effective() && !at)
      FAIL("an idle slot for no reason");
  }

  /// Whatever fails is judged within a few seconds, at once in an outage that a probe has confirmed. Where
  /// nothing tells for a second, the account is asked.
  void check_verdicts() {
    std::erase_if(judged_, [&](auto& failed) { return policy_.is_excused(failed.id).has_value(); });
    if (!is_asked() && !policy_.outage())
      for (auto& failed : judged_) {
        if (now_ - failed.since >= outage_breaker::judgement) FAIL("a failure without a verdict");
        if (now_ - failed.since > 1s && asked_at_ < failed.since)
          FAIL("a failure about which nobody is asked");
      }
    confirmed_ = confirmed_ && policy_.outage();
    if (!judged_.empty() && confirmed_) FAIL("an outage left a failure without a verdict");
  }

  std::mt19937_64 random_;
  bool confirmed_ = false; ///< a probe of the present outage has failed
  bool hurries_;           ///< some are refused and go first
  slot_policy policy_;
  slot_policy::time_point now_{1h};
  slot_policy::waiter_id last_waiter_ = 0;
  std::map<slot_policy::waiter_id, waiter> waiting_;
  std::vector<lease> open_;
  std::vector<undecided> judged_;
  slot_policy::time_point asked_at_{};
  std::array<std::uint64_t, 2> generation_{1, 1};
  std::array<std::uint64_t, 4> last_grant_{};
  std::array<std::uint64_t, 2> tenant_grant_{};
  std::uint64_t grants_ = 0;
  std::uint64_t doubt_ = 0;
};

TEST_CASE("in any history slots stay within the limit, none idles for no reason and everyone is served") {
  for (std::uint64_t seed = 0; seed < 100'000; ++seed) {
    CAPTURE(seed);
    history it{seed, 1 + static_cast<std::uint32_t>(seed % 7), static_cast<std::uint32_t>(seed % 3)};
    for (int i = 0; i < 50; ++i) it.step();
    REQUIRE(it.drain());
  }
}

} // namespace slot_policy_histories_test
