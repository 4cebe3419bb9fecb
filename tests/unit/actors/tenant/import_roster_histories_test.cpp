#include "actors/tenant/import_roster.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <random>
#include <set>

#include <doctest/doctest.h>

namespace import_roster_histories_test {

using namespace tidemark;
using namespace std::chrono_literals;
using roster = import_roster;

/// A tenant around a roster: its ledger, its imports' actors, its database and its people, each of which does
/// what it may do at any moment, in any order.
class history {
public:
  explicit history(std::uint64_t seed) : random_(seed) {
    std::vector<import_row> unfinished;
    for (int i = 0, n = pick(3); i < n; ++i) {
      auto row = new_row();
      row.state = one_of(
          {import_state::queued, import_state::running, import_state::paused, import_state::cancelling});
      row.started_at = row.state == import_state::queued ? 0 : 1;
      if (row.state == import_state::paused)
        row.paused_by = one_of({pause_cause::command, pause_cause::outage, pause_cause::suspension});
      if (is_paused_by_command(row)) paused_by_people_.insert(row.id);
      ledger_[row.id] = row;
      unfinished.push_back(row);
    }
    if (chance(20)) {
      suspended_ = true;
      take(it_.suspend({"suspended", 1, true}));
    }
    take(it_.loaded(unfinished));
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      check();
    }
    come_to_rest();
  }

private:
  struct actor {
    bool halted = false;
    pause_cause cause = pause_cause::none;
    roster::ticket canceller = 0;
    bool cancelling = false;
  };

  // -- chance

  int pick(int below) { return std::uniform_int_distribution<int>{0, below - 1}(random_); }
  bool chance(int percent) { return pick(100) < percent; }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + pick(static_cast<int>(all.size())));
  }
  template <class Map>
  typename Map::key_type any_key(const Map& map) {
    return std::next(map.begin(), pick(static_cast<int>(map.size())))->first;
  }

  // -- the ledger

  static bool is_paused_by_command(const import_row& row) {
    return row.state == import_state::paused && row.paused_by == pause_cause::command;
  }

  import_row new_row() {
    import_row row;
    row.id = "demo." + std::to_string(1'000'000 + ++last_id_);
    row.tenant = "demo";
    row.record_type = one_of<std::string>({"customer", "item"});
    return row;
  }

  /// What any write of the ledger may come to.
  std::optional<failure> database_fails() {
    if (database_away_) return failure{ec::store_unavailable, "locked"};
    return std::nullopt;
  }

  void write_state(const std::string& id, import_state state, pause_cause cause = pause_cause::none) {
    auto& row = ledger_.at(id);
    row.state = state;
    row.paused_by = cause;
    if (state == import_state::running) row.started_at = 1;
  }

  // -- what the roster decides

  void take(roster::decisions all) {
    for (auto& each : all) std::visit([this](auto& what) { carry(what); }, each);
  }

  void carry(const roster::spawn& what) {
    auto& id = what.row.id;
    REQUIRE(ledger_.contains(id));
    INFO("import ", id);
    CHECK_FALSE(actors_.contains(id));           // one life
    CHECK_FALSE(suspended_);                     // no request of a suspended tenant
    CHECK_FALSE(stopping_);                      //
    CHECK_FALSE(taken_over_);                    //
    CHECK_FALSE(account_down_);                  // nothing begins in vain
    CHECK_FALSE(paused_by_people_.contains(id)); // a pause by a person ends by a person
    CHECK_FALSE(kept_cancels_.contains(id));     // what is to be cancelled does nothing more
    if (ledger_.at(id).started_at == 0)
      for (auto& [other, row] : ledger_)
        if (other < id && row.record_type == ledger_.at(id).record_type) CHECK(is_final(row.state));
    ledger_.at(id).started_at = 1;
    actors_[id] = {};
  }

  void carry(const roster::halt& what) {
    auto found = actors_.find(what.id);
    REQUIRE(found != actors_.end());
    CHECK_FALSE(found->second.halted);
    found->second.halted = true;
    found->second.cause = what.cause;
  }

  void carry(const roster::cancel& what) {
    if (!what.in_ledger) {
      auto& running = actors_.at(what.id);
      running.cancelling = true;
      later([this, what] { cancel_by_actor(what); });
    } else {
      later([this, what] { cancel_in_ledger(what); });
    }
  }

  void cancel_by_actor(const roster::cancel& what) {
    auto found = actors_.find(what.id);
    if (found == actors_.end() || !found->second.cancelling || chance(10)) return cancel_in_ledger(what);
    answered(what.who);
    paused_by_people_.erase(what.id);
    write_state(what.id, import_state::cancelled);
    end_actor(what.id);
  }

  void cancel_in_ledger(const roster::cancel& what) {
    auto known = ledger_.find(what.id);
    if (auto failed = database_fails()) return cancel_fails(what, *failed);
    if (known == ledger_.end()
        || (is_final(known->second.state) && known->second.state != import_state::cancelled))
      return cancel_fails(what, {ec::conflict, "ended"});
    paused_by_people_.erase(what.id);
    if (known->second.state != import_state::cancelled && chance(20)) {
      write_state(what.id, import_state::cancelling);
      return cancel_fails(what, {one_of({ec::store_unavailable, ec::store_defect}), "in between"});
    }
    write_state(what.id, import_state::cancelled);
    kept_cancels_.erase(what.id);
    take(it_.gone(what.id, what.counted));
    answered(what.who);
  }

  /// One that the database stood in the way of is kept, unless nothing of the import is done here any more.
  void cancel_fails(const roster::cancel& what, const failure& why) {
    auto all = it_.cancel_failed(what, why);
    bool refused = std::ranges::any_of(all, [&](auto& x) {
      auto* found = std::get_if<roster::refuse>(&x);
      return found != nullptr && found->who == what.who;
    });
    bool is_kept = why.code != ec::conflict && !stopping_ && !taken_over_ && it_.row(what.id) != nullptr;
    if (!stopping_) CHECK(refused != is_kept);
    if (is_kept) kept_cancels_.insert(what.id);
    if (refused) kept_cancels_.erase(what.id);
    take(std::move(all));
  }

  void carry(const roster::write_pause& what) {
    CHECK_FALSE(actors_.contains(what.id));
    later([this, id = what.id] {
      if (auto failed = database_fails()) return take(it_.pause_refused(id, *failed, std::nullopt));
      if (is_final(ledger_.at(id).state)) return take(it_.pause_refused(id, {ec::conflict, "ended"}, false));
      write_state(id, import_state::paused, pause_cause::command);
      take(it_.pause_written(id));
    });
  }

  void carry(const roster::write_resume& what) {
    CHECK_FALSE(actors_.contains(what.id));
    later([this, id = what.id] {
      if (auto failed = database_fails()) {
        auto all = it_.resume_refused(id, *failed);
        // Whoever is told so knows that it rests.
        bool told =
            std::ranges::any_of(all, [](auto& x) { return std::holds_alternative<roster::refuse>(x); });
        if (told) paused_by_people_.insert(id);
        return take(std::move(all));
      }
      if (is_final(ledger_.at(id).state)) return take(it_.resume_refused(id, {ec::stale, "ended"}));
      write_state(id, ledger_.at(id).started_at == 0 ? import_state::queued : import_state::running);
      paused_by_people_.erase(id);
      take(it_.resume_written(id));
    });
  }

  void carry(const roster::write_failure& what) {
    CHECK_FALSE(actors_.contains(what.row.id));
    later([this, id = what.row.id] {
      if (auto failed = database_fails()) {
        // Another ledger stands there.
        if (chance(30)) failed->code = ec::unknown_import;
        return take(it_.failure_not_written(id, *failed));
      }
      // The ledger takes nothing more of what is being cancelled, but its end.
      if (ledger_.at(id).state == import_state::cancelling)
        return take(it_.failure_not_written(id, {ec::stale, "cancelling"}));
      write_state(id, import_state::failed);
      take(it_.gone(id));
    });
  }

  void carry(const roster::create& what) {
    later([this, row = what.row] {
      if (chance(10)) return take(it_.not_created(row.id, {ec::store_unavailable, "no path"}));
      bool is_wanted = it_.path_decided(row.id);
      CHECK(is_wanted == (!stopping_ && !taken_over_));
      if (!is_wanted) return;
      later([this, row] {
        if (auto failed = database_fails()) return take(it_.not_created(row.id, *failed));
        ledger_[row.id] = row;
        take(it_.created(row));
      });
    });
  }

  void carry(const roster::retry_batches& what) {
    later([this, what] {
      auto known = ledger_.find(what.id);
      bool may =
          known != ledger_.end() && !actors_.contains(what.id)
          && (known->second.state == import_state::failed || known->second.state == import_state::paused);
      if (auto failed = database_fails()) return take(it_.retry_failed(what, *failed));
      if (!may) return take(it_.retry_failed(what, {ec::conflict, "ended"}));
      paused_by_people_.erase(what.id);
      write_state(what.id, import_state::running);
      take(it_.retried(known->second, what.who, what.counted));
    });
  }

  void carry(const roster::answer& what) {
    auto& row = ledger_.at(what.id);
    if (auto asked = starts_.find(what.who); asked != starts_.end()) {
      CHECK(does_all(row, asked->second));
      paused_by_people_.erase(what.id);
    }
    if (!pauses_.contains(what.who)) {
      // Whoever dies now, it goes on by itself.
      INFO("import ", what.id);
      CHECK_FALSE(is_paused_by_command(row));
      auto running = actors_.find(what.id);
      if (running != actors_.end())
        CHECK_FALSE((running->second.halted && running->second.cause == pause_cause::command));
    }
    if (pauses_.contains(what.who)) {
      CHECK(is_paused_by_command(row));
      CHECK_FALSE(actors_.contains(what.id));
      paused_by_people_.insert(what.id);
    }
    answered(what.who);
  }

  void carry(const roster::refuse& what) { answered(what.who); }
  void carry(const roster::refuse_by_ledger& what) { answered(what.who); }
  void carry(const roster::tell&) {}

  void carry(const roster::try_database& what) {
    CHECK(what.in >= 5s);
    CHECK(what.in <= 60s);
    CHECK_FALSE(trying_);
    trying_ = true;
    later([this] {
      trying_ = false;
      if (auto failed = database_fails()) return take(it_.database_away(*failed));
      take(it_.database_well());
    });
  }

  void carry(const roster::probe_database&) {
    later([this] { take(it_.database_probed(database_fails())); });
  }

  void later(std::function<void()> what) { open_.push_back(std::move(what)); }

  // -- who waits

  roster::ticket ask() {
    waiting_.insert(++last_ticket_);
    return last_ticket_;
  }

  void answered(roster::ticket who) {
    if (who == 0) return;
    INFO("ticket ", who);
    CHECK(waiting_.erase(who) == 1); // once
    starts_.erase(who);
    pauses_.erase(who);
  }

  // -- what happens

  void end_actor(const std::string& id) {
    actors_.erase(id);
    if (is_final(ledger_.at(id).state)) kept_cancels_.erase(id);
    import_status status;
    status.id = id;
    status.state = ledger_.at(id).state;
    status.paused_by = ledger_.at(id).paused_by;
    status.error = status.state == import_state::paused ? "because" : "";
    now_ += 1s;
    take(it_.ended(status, now_));
  }

  void actor_acts() {
    if (actors_.empty()) return;
    auto id = any_key(actors_);
    auto& running = actors_.at(id);
    // Cancelled in the ledger behind its back, to its end or in part.
    bool is_stale = is_final(ledger_.at(id).state)
                    || (ledger_.at(id).state == import_state::cancelling && !running.cancelling);
    if (is_stale) {
      actors_.erase(id);
      return take(it_.died(id, {ec::stale, "stale"}, now_));
    }
    auto died = [&](ec code) {
      actors_.erase(id);
      now_ += std::chrono::seconds{pick(90)};
      take(it_.died(id, {code, "thrown"}, now_));
    };
    if (database_away_ && chance(60))
      return died(one_of({ec::store_unavailable, ec::store_unavailable, ec::unknown_import}));
    if (chance(8)) return died(one_of({ec::internal, ec::internal, ec::store_unavailable, ec::store_defect}));
    if (running.cancelling) return; // its receipt is under way
    if (running.halted && chance(70)) {
      if (running.cause != pause_cause::none) {
        write_state(id, import_state::paused, running.cause);
      }
      return end_actor(id);
    }
    if (chance(15)) {
      write_state(id, import_state::paused, pause_cause::database);
      return end_actor(id);
    }
    if (chance(5) && !running.halted) {
      write_state(id, import_state::paused, pause_cause::credentials);
      return end_actor(id);
    }
    if (chance(25)) {
      write_state(
          id, one_of({import_state::completed, import_state::completed_with_errors, import_state::failed}));
      return end_actor(id);
    }
    write_state(id, import_state::running);
  }

  void one_open_thing() {
    if (open_.empty()) return;
    auto at = open_.begin() + pick(static_cast<int>(open_.size()));
    auto what = std::move(*at);
    open_.erase(at);
    what();
  }

  void person_acts() {
    if (chance(35)) {
      auto who = ask();
      auto row = new_row();
      row.mode = one_of({import_mode::full, import_mode::incremental});
      if (row.mode == import_mode::incremental && chance(30)) row.options.reconcile = true;
      start_import wanted{"demo",      row.record_type, row.mode, "anna", urgency::interactive,
                          row.options, chance(40)};
      starts_[who] = wanted;
      return take(it_.start(wanted, row, who));
    }
    if (ledger_.empty()) return;
    auto id = any_key(ledger_);
    auto who = ask();
    switch (pick(4)) {
    case 0: pauses_.insert(who); return take(it_.pause(id, "anna", who));
    case 1: return take(it_.resume(id, who));
    case 2: return take(it_.cancel_import(id, "anna", who, 1));
    default: return take(it_.retry(id, 0, "anna", who));
    }
  }

  void world_acts() {
    switch (pick(7)) {
    case 0: account_down_ = true; return take(it_.account_down("no route"));
    case 1: account_down_ = false; return take(it_.account_up());
    case 2: suspended_ = true; return take(it_.suspend({"suspended", 1, chance(50)}));
    case 3: suspended_ = false; return take(it_.end_suspension());
    case 4: database_away_ = chance(40); return;
    case 5:
      if (!chance(2)) return;
      taken_over_ = true;
      for (auto& [id, row] : ledger_) paused_by_people_.erase(id);
      return take(it_.taken_over({ec::fenced, "another"}));
    default:
      if (!chance(3)) return;
      stopping_ = true;
      return take(it_.stop("the node is stopping"));
    }
  }

  void step() {
    auto what = pick(100);
    if (what < 35) return actor_acts();
    if (what < 70) return one_open_thing();
    if (what < 90) return person_acts();
    world_acts();
  }

  void check() {
    CHECK(it_.running() == actors_.size());
    for (auto& [id, actor] : actors_) {
      CHECK(it_.has_actor(id));
      if (suspended_ || stopping_ || taken_over_)
        CHECK((actor.halted || actor.cancelling || is_final(ledger_.at(id).state)));
    }
  }

  /// Everything that is open ends, everything that holds an import passes: then all that can run runs, and
  /// everybody has been answered.
  void come_to_rest() {
    database_away_ = false;
    for (int i = 0; i < 1000 && (!open_.empty() || any_halted()); ++i) {
      one_open_thing();
      if (any_halted()) actor_acts();
      check();
    }
    if (!stopping_ && !taken_over_) {
      suspended_ = false;
      take(it_.end_suspension());
      account_down_ = false;
      take(it_.account_up());
      for (int i = 0; i < 1000 && (!open_.empty() || any_halted()); ++i) {
        one_open_thing();
        if (any_halted()) actor_acts();
      }
    }
    CHECK(waiting_.empty());
    if (!stopping_ && !taken_over_)
      for (auto& id : kept_cancels_) CHECK(is_final(ledger_.at(id).state)); // what was taken is carried out
    if (stopping_ || taken_over_) return;
    for (auto& [id, row] : ledger_) {
      if (is_final(row.state) || actors_.contains(id)) continue;
      INFO("import ", id, " ", to_string(row.state), " ", to_string(row.paused_by));
      CHECK((paused_by_people_.contains(id) || !it_.behind(id).empty()));
    }
  }

  bool any_halted() const {
    return std::ranges::any_of(actors_,
                               [](auto& each) { return each.second.halted || each.second.cancelling; });
  }

  std::mt19937_64 random_;
  roster it_{"demo"};
  std::map<std::string, import_row> ledger_;
  std::map<std::string, actor> actors_;
  std::vector<std::function<void()>> open_; ///< asked of the store or of an actor, and not answered yet
  std::set<roster::ticket> waiting_;
  std::map<roster::ticket, start_import> starts_;
  std::set<roster::ticket> pauses_;
  std::set<std::string> paused_by_people_;
  std::set<std::string> kept_cancels_; ///< that wait for the database
  roster::time_point now_{1h};
  roster::ticket last_ticket_ = 0;
  int last_id_ = 0;
  bool database_away_ = false;
  bool account_down_ = false;
  bool suspended_ = false;
  bool stopping_ = false;
  bool taken_over_ = false;
  bool trying_ = false;
};

TEST_CASE("whatever happens to a tenant's imports in whichever order, each has one life and everybody is "
          "answered") {
  std::uint64_t histories = std::getenv("TIDEMARK_FULL") != nullptr ? 1'000'000 : 50'000;
  for (std::uint64_t seed = 1; seed <= histories; ++seed) {
    INFO("seed ", seed);
    history{seed}.run(60);
  }
}

} // namespace import_roster_histories_test
