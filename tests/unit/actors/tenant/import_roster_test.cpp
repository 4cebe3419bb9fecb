#include "actors/tenant/import_roster.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace import_roster_test {

using namespace tidemark;
using namespace std::chrono_literals;
using roster = import_roster;

import_row row_of(std::string id, std::string type = "customer", import_mode mode = import_mode::full) {
  import_row row;
  row.id = "demo." + std::move(id);
  row.tenant = "demo";
  row.record_type = std::move(type);
  row.mode = mode;
  return row;
}

start_import start_of(std::string type = "customer", import_mode mode = import_mode::full,
                      import_options options = {}, bool queue = false) {
  return {"demo", std::move(type), mode, "anna", urgency::interactive, options, queue};
}

import_status status_of(const import_row& row, import_state state, pause_cause cause = pause_cause::none) {
  import_status status;
  status.id = row.id;
  status.record_type = row.record_type;
  status.state = state;
  status.paused_by = cause;
  if (state == import_state::paused) status.error = "because";
  return status;
}

template <class Kind>
const Kind* first(const roster::decisions& all) {
  for (auto& each : all)
    if (auto* found = std::get_if<Kind>(&each)) return found;
  return nullptr;
}

struct world {
  world() { CHECK(it.loaded({}).empty()); }

  /// A started import whose actor runs and whose ledger row says so.
  import_row started(const std::string& id, const start_import& wanted) {
    auto row = row_of(id, wanted.record_type, wanted.mode);
    row.options = wanted.options;
    auto asked = it.start(wanted, row, 1);
    REQUIRE(first<roster::create>(asked));
    auto made = it.created(row);
    REQUIRE(first<roster::answer>(made));
    REQUIRE(first<roster::spawn>(made));
    return row;
  }

  roster it{"demo"};
  roster::time_point now{1h};
};

TEST_CASE("a pause by a person ends by a person only, whatever came before it") {
  world w;
  auto row = w.started("01", start_of());
  auto paused = w.it.account_down("no route");
  REQUIRE(first<roster::halt>(paused));
  CHECK(first<roster::halt>(paused)->cause == pause_cause::outage);
  CHECK_FALSE(
      first<roster::spawn>(w.it.ended(status_of(row, import_state::paused, pause_cause::outage), w.now)));
  CHECK_FALSE(first<roster::spawn>(w.it.suspend({"suspended by anna", 1, true})));
  CHECK_FALSE(first<roster::spawn>(w.it.end_suspension()));
  REQUIRE(first<roster::spawn>(w.it.account_up()));
  CHECK(first<roster::halt>(w.it.pause(row.id, "anna", 7))->cause == pause_cause::command);
  auto rested = w.it.ended(status_of(row, import_state::paused, pause_cause::command), w.now);
  CHECK(first<roster::answer>(rested)->who == 7);
  CHECK_FALSE(first<roster::spawn>(rested));
  CHECK_FALSE(first<roster::spawn>(w.it.account_up()));
  CHECK_FALSE(first<roster::spawn>(w.it.database_well()));
  auto resumed = w.it.resume(row.id, 8);
  REQUIRE(first<roster::write_resume>(resumed));
  CHECK_FALSE(first<roster::answer>(resumed)); // before the ledger says so
  auto written = w.it.resume_written(row.id);
  CHECK(first<roster::answer>(written)->who == 8);
  CHECK(first<roster::spawn>(written));
}

TEST_CASE("a resume before the pause is over is answered when the ledger says that it goes on") {
  world w;
  auto row = w.started("01", start_of());
  REQUIRE(first<roster::halt>(w.it.pause(row.id, "anna", 7)));
  auto asked = w.it.resume(row.id, 8);
  CHECK(first<roster::refuse>(asked)->who == 7);
  CHECK_FALSE(first<roster::answer>(asked));
  SUBCASE("its actor has written the pause") {
    auto rested = w.it.ended(status_of(row, import_state::paused, pause_cause::command), w.now);
    CHECK_FALSE(first<roster::answer>(rested));
    REQUIRE(first<roster::write_resume>(rested));
  }
  SUBCASE("its actor has died, and may have written it") {
    auto died = w.it.died(row.id, {ec::internal, "thrown"}, w.now);
    CHECK_FALSE(first<roster::spawn>(died));
    REQUIRE(first<roster::write_resume>(died));
  }
  SUBCASE("the node stops meanwhile") {
    (void)w.it.stop("the node is stopping");
    auto rested = w.it.ended(status_of(row, import_state::paused, pause_cause::command), w.now);
    REQUIRE(first<roster::write_resume>(rested));
    CHECK_FALSE(w.it.at_rest());
  }
  auto written = w.it.resume_written(row.id);
  REQUIRE(first<roster::answer>(written));
  CHECK(first<roster::answer>(written)->who == 8);
}

TEST_CASE("a queued import is paused and resumed in the ledger, also while it waits for an older one") {
  world w;
  auto older = w.started("01", start_of());
  auto row = row_of("02", "customer", import_mode::incremental);
  (void)w.it.start(start_of("customer", import_mode::incremental, {}, true), row, 2);
  (void)w.it.created(row);
  REQUIRE(first<roster::write_pause>(w.it.pause(row.id, "anna", 3)));
  CHECK(first<roster::answer>(w.it.pause_written(row.id))->who == 3);
  auto asked = w.it.resume(row.id, 4);
  CHECK_FALSE(first<roster::answer>(asked));
  REQUIRE(first<roster::write_resume>(asked));
  auto written = w.it.resume_written(row.id);
  CHECK(first<roster::answer>(written)->who == 4);
  CHECK_FALSE(first<roster::spawn>(written));
  CHECK(w.it.shown(row.id)->state == import_state::queued);
  CHECK(first<roster::spawn>(w.it.ended(status_of(older, import_state::completed), w.now)));
}

TEST_CASE("a pause while something else pauses it is written down when that is done") {
  world w;
  auto row = w.started("01", start_of());
  (void)w.it.account_down("no route");
  CHECK_FALSE(first<roster::halt>(w.it.pause(row.id, "anna", 7)));
  auto rested = w.it.ended(status_of(row, import_state::paused, pause_cause::outage), w.now);
  REQUIRE(first<roster::write_pause>(rested));
  CHECK_FALSE(first<roster::answer>(rested));
  CHECK(first<roster::answer>(w.it.pause_written(row.id))->who == 7);
}

TEST_CASE("nothing of a suspended tenant is begun, retried or resumed, and everything goes on after that") {
  world w;
  auto row = w.started("01", start_of());
  CHECK(first<roster::halt>(w.it.suspend({"suspended by anna", 1, true}))->cause == pause_cause::suspension);
  for (auto& all :
       {w.it.retry(row.id, 0, "anna", 2), w.it.resume(row.id, 3), w.it.start(start_of(), row_of("02"), 4)}) {
    REQUIRE(first<roster::refuse>(all));
    CHECK(all.size() == 1);
  }
  CHECK_FALSE(
      first<roster::spawn>(w.it.ended(status_of(row, import_state::paused, pause_cause::suspension), w.now)));
  CHECK(first<roster::spawn>(w.it.end_suspension()));
}

TEST_CASE(
    "two starts of the same at the same moment are one import; one that asks for more is refused or queued") {
  world w;
  auto row = row_of("01", "customer", import_mode::incremental);
  auto plain = start_of("customer", import_mode::incremental);
  REQUIRE(first<roster::create>(w.it.start(plain, row, 1)));
  CHECK(w.it.start(plain, row_of("02"), 2).empty());
  for (auto options :
       {import_options{.since = 5}, import_options{.reconcile = true}, import_options{.verify = true}}) {
    auto more = start_of("customer", import_mode::incremental, options);
    auto refused = w.it.start(more, row_of("03"), 3);
    REQUIRE(first<roster::refuse>(refused));
    CHECK(first<roster::refuse>(refused)->why.code == ec::conflict);
  }
  auto full = w.it.start(start_of(), row_of("03"), 3);
  CHECK(first<roster::refuse>(full)->why.code == ec::conflict);
  auto made = w.it.created(row);
  CHECK(std::ranges::count_if(made, [](auto& x) { return std::holds_alternative<roster::answer>(x); }) == 2);
  auto queued = start_of("customer", import_mode::incremental, {.reconcile = true}, true);
  auto behind = row_of("04", "customer", import_mode::incremental);
  behind.options = queued.options;
  REQUIRE(first<roster::create>(w.it.start(queued, behind, 5)));
  CHECK_FALSE(first<roster::spawn>(w.it.created(behind)));
  CHECK(w.it.behind(behind.id) == row.id);
  // Whoever asks for no more than the queued one is answered with it.
  CHECK(first<roster::answer>(w.it.start(queued, row_of("05"), 6))->id == behind.id);
  CHECK(first<roster::spawn>(w.it.ended(status_of(row, import_state::completed), w.now))->row.id
        == behind.id);
}

TEST_CASE("a queued import begins also when the one before it is given up or cancelled") {
  for (bool cancelled : {false, true}) {
    world w;
    auto row = w.started("01", start_of());
    auto next = row_of("02", "customer", import_mode::incremental);
    (void)w.it.start(start_of("customer", import_mode::incremental, {}, true), next, 2);
    (void)w.it.created(next);
    roster::decisions last;
    if (cancelled) {
      CHECK_FALSE(first<roster::cancel>(w.it.cancel_import(row.id, "anna", 3, 1))->in_ledger);
      last = w.it.ended(status_of(row, import_state::cancelled), w.now);
    } else {
      for (int deaths = 0; deaths < 3; ++deaths)
        REQUIRE(first<roster::spawn>(w.it.died(row.id, {ec::internal, "thrown"}, w.now)));
      auto given_up = w.it.died(row.id, {ec::internal, "thrown"}, w.now);
      REQUIRE(first<roster::write_failure>(given_up));
      CHECK_FALSE(first<roster::spawn>(given_up));
      last = w.it.gone(row.id);
    }
    REQUIRE(first<roster::spawn>(last));
    CHECK(first<roster::spawn>(last)->row.id == next.id);
  }
}

TEST_CASE("what waits for its database is shown as paused by it, and can be resumed, paused and cancelled at "
          "once") {
  world w;
  auto row = w.started("01", start_of());
  auto away = w.it.died(row.id, {ec::store_unavailable, "locked"}, w.now);
  CHECK(first<roster::try_database>(away)->in == 5s);
  REQUIRE(w.it.shown(row.id));
  CHECK(w.it.shown(row.id)->paused_by == pause_cause::database);
  SUBCASE("resumed: only once its database has been seen to be well") {
    auto asked = w.it.resume(row.id, 2);
    CHECK(first<roster::probe_database>(asked));
    CHECK_FALSE(first<roster::spawn>(asked));
    CHECK_FALSE(first<roster::answer>(asked));
    auto resumed = w.it.database_probed(std::nullopt);
    CHECK(first<roster::spawn>(resumed));
    CHECK(first<roster::answer>(resumed)->who == 2);
    CHECK_FALSE(w.it.shown(row.id));
  }
  SUBCASE("resumed in vain: whoever asks is told that it waits, and it goes on by itself") {
    (void)w.it.resume(row.id, 2);
    auto refused = w.it.database_probed(failure{ec::store_unavailable, "still locked"});
    REQUIRE(first<roster::refuse>(refused));
    CHECK(first<roster::refuse>(refused)->why.code == ec::store_unavailable);
    CHECK(first<roster::refuse>(refused)->why.message.find("by itself") != std::string::npos);
    CHECK_FALSE(first<roster::try_database>(refused)); // one is under way already
    CHECK(first<roster::spawn>(w.it.database_well()));
  }
  SUBCASE("started again: the same") {
    CHECK(first<roster::probe_database>(w.it.start(start_of(), row_of("02"), 2)));
    CHECK(first<roster::answer>(w.it.database_probed(std::nullopt))->id == row.id);
  }
  SUBCASE("paused") {
    CHECK(first<roster::write_pause>(w.it.pause(row.id, "anna", 2)));
    CHECK(first<roster::answer>(w.it.pause_written(row.id)));
    CHECK_FALSE(first<roster::spawn>(w.it.database_well()));
  }
  SUBCASE("paused in vain: it is written down, and answered, when the database is well") {
    REQUIRE(first<roster::write_pause>(w.it.pause(row.id, "anna", 2)));
    auto waits = w.it.pause_refused(row.id, {ec::store_unavailable, "locked"}, std::nullopt);
    CHECK_FALSE(first<roster::spawn>(waits));
    CHECK_FALSE(first<roster::refuse>(waits));
    CHECK(w.it.shown(row.id)->paused_by == pause_cause::command);
    CHECK(first<roster::write_pause>(w.it.database_well()));
    CHECK(first<roster::answer>(w.it.pause_written(row.id))->who == 2);
  }
  SUBCASE("cancelled") {
    CHECK(first<roster::cancel>(w.it.cancel_import(row.id, "anna", 2, 1))->in_ledger);
    CHECK_FALSE(first<roster::spawn>(w.it.database_well()));
    (void)w.it.gone(row.id);
    CHECK_FALSE(w.it.shown(row.id));
  }
}

TEST_CASE(
    "a cancel that its database stands in the way of is kept, and carried out as soon as that is well") {
  world w;
  auto row = w.started("01", start_of());
  failure locked{ec::store_unavailable, "locked"};
  auto asked = w.it.cancel_import(row.id, "anna", 2, 1);
  REQUIRE(first<roster::cancel>(asked));
  CHECK_FALSE(first<roster::cancel>(asked)->in_ledger);
  (void)w.it.died(row.id, locked, w.now);
  auto kept = w.it.cancel_failed(*first<roster::cancel>(asked), locked);
  CHECK_FALSE(first<roster::refuse>(kept));
  REQUIRE(w.it.shown(row.id));
  CHECK(w.it.shown(row.id)->state == import_state::cancelling);
  CHECK(w.it.shown(row.id)->error.find("cancelled by anna") != std::string::npos);
  CHECK(first<roster::refuse_by_ledger>(w.it.resume(row.id, 3)));
  SUBCASE("the database is well") {
    auto all = w.it.database_well();
    CHECK_FALSE(first<roster::spawn>(all));
    REQUIRE(first<roster::cancel>(all));
    CHECK(first<roster::cancel>(all)->in_ledger);
    CHECK(first<roster::cancel>(all)->who == 2);
    (void)w.it.gone(row.id);
    CHECK(w.it.at_rest());
  }
  SUBCASE("whoever asks again has it tried at once") {
    auto again = w.it.cancel_import(row.id, "anna", 4, 1);
    REQUIRE(first<roster::cancel>(again));
    // The ledger has it now, and so has an answer for the one before.
    auto gone = w.it.gone(row.id);
    REQUIRE(first<roster::cancel>(gone));
    CHECK(first<roster::cancel>(gone)->who == 2);
  }
  SUBCASE("the node stops") {
    auto stopped = w.it.stop("the node is stopping");
    REQUIRE(first<roster::refuse>(stopped));
    CHECK(first<roster::refuse>(stopped)->who == 2);
    CHECK(w.it.at_rest());
  }
}

TEST_CASE(
    "a cancel that is in the ledger in part is ended by itself, also of an import that somebody holds") {
  roster it{"demo"};
  (void)it.suspend({"suspended by anna", 1, true});
  auto row = row_of("01");
  row.state = import_state::cancelling;
  auto promised = it.loaded({row});
  REQUIRE(first<roster::cancel>(promised));
  for (auto code : {ec::store_unavailable, ec::store_defect}) {
    auto waits = it.cancel_failed(*first<roster::cancel>(promised), {code, "away"});
    CHECK(first<roster::try_database>(waits));
    promised = it.database_well();
    REQUIRE(first<roster::cancel>(promised));
  }
  (void)it.gone(row.id);
  CHECK_FALSE(it.row(row.id));
}

TEST_CASE("a failure that cannot be written down is told once") {
  world w;
  auto row = w.started("01", start_of());
  failure damaged{ec::store_defect, "the file is damaged"};
  (void)w.it.died(row.id, damaged, w.now);
  (void)w.it.failure_not_written(row.id, damaged);
  auto text = w.it.shown(row.id)->error;
  CHECK(text.find("damaged") == text.rfind("damaged"));
  CHECK(w.it.has_failed(row.id));
}

TEST_CASE("whoever asks a tenant that stops hears why it does, and so does the log of its imports") {
  world w;
  auto row = w.started("01", start_of());
  auto stopped = w.it.stop("tenant demo is taking up a new configuration");
  REQUIRE(first<roster::halt>(stopped));
  CHECK(first<roster::halt>(stopped)->reason == "tenant demo is taking up a new configuration");
  auto refused = w.it.start(start_of("item"), row_of("02", "item"), 2);
  REQUIRE(first<roster::refuse>(refused));
  CHECK(first<roster::refuse>(refused)->why.message
        == "tenant demo is taking up a new configuration and takes no new imports");
  (void)w.it.stop("the node is stopping"); // which came later
  CHECK(w.it.refusal("does nothing")->message
        == "tenant demo is taking up a new configuration and does nothing");
}

TEST_CASE("a stop does not wait for an import of which nothing is written yet, and lets none be written") {
  world w;
  REQUIRE(first<roster::create>(w.it.start(start_of(), row_of("01"), 1)));
  REQUIRE(first<roster::create>(w.it.start(start_of("item"), row_of("02", "item"), 2)));
  CHECK(w.it.path_decided("demo.02")); // its row is on its way
  roster::decisions stopped;
  SUBCASE("the node stops") {
    stopped = w.it.stop("the node is stopping");
    REQUIRE(first<roster::refuse>(stopped));
    CHECK(first<roster::refuse>(stopped)->why.code == ec::stopping);
    CHECK_FALSE(w.it.at_rest());
    auto made = w.it.created(row_of("02", "item"));
    REQUIRE(first<roster::answer>(made));
    CHECK(first<roster::answer>(made)->who == 2);
  }
  SUBCASE("another node takes the database") {
    stopped = w.it.taken_over({ec::fenced, "another"});
    REQUIRE(first<roster::refuse>(stopped));
  }
  CHECK(first<roster::refuse>(stopped)->who == 1);
  CHECK_FALSE(w.it.path_decided("demo.01"));
  CHECK(w.it.at_rest());
}

TEST_CASE(
    "what is started or resumed while the account is known not to answer waits for it, and is told so") {
  world w;
  (void)w.it.account_down("the account asks for no requests for 900 s");
  CHECK(w.it.waits_for_account());
  auto row = row_of("01");
  SUBCASE("started") {
    REQUIRE(first<roster::create>(w.it.start(start_of(), row, 1)));
    auto made = w.it.created(row);
    CHECK(first<roster::answer>(made)->who == 1);
    CHECK_FALSE(first<roster::spawn>(made));
    CHECK(first<roster::tell>(made)->id == row.id);
  }
  SUBCASE("resumed") {
    roster other{"demo"};
    row.state = import_state::paused;
    row.paused_by = pause_cause::command;
    row.started_at = 1;
    (void)other.loaded({row});
    (void)other.account_down("the account asks for no requests for 900 s");
    REQUIRE(first<roster::write_resume>(other.resume(row.id, 1)));
    auto goes_on = other.resume_written(row.id);
    CHECK(first<roster::answer>(goes_on)->who == 1);
    CHECK_FALSE(first<roster::spawn>(goes_on));
    w.it = std::move(other);
  }
  SUBCASE("found in the ledger") {
    roster other{"demo"};
    (void)other.account_down("the account asks for no requests for 900 s");
    row.state = import_state::running;
    row.started_at = 1;
    CHECK_FALSE(first<roster::spawn>(other.loaded({row})));
    w.it = std::move(other);
  }
  REQUIRE(w.it.shown(row.id));
  CHECK(w.it.shown(row.id)->state == import_state::paused);
  CHECK(w.it.shown(row.id)->paused_by == pause_cause::outage);
  CHECK(w.it.shown(row.id)->error == "the account asks for no requests for 900 s");
  CHECK(first<roster::spawn>(w.it.account_up()));
  CHECK_FALSE(w.it.waits_for_account());
}

TEST_CASE("an import that is cancelled beside its actor keeps no reason of a pause") {
  world w;
  auto row = w.started("01", start_of());
  row.state = import_state::paused;
  row.paused_by = pause_cause::command;
  row.error = "paused by anna";
  (void)w.it.retried(row, 2, false);
  (void)w.it.gone(row.id);
  REQUIRE(w.it.row(row.id));
  CHECK(w.it.row(row.id)->error == "");
  CHECK(w.it.row(row.id)->paused_by == pause_cause::none);
}

TEST_CASE("the time between looks at a database grows, and is short again after it was well") {
  world w;
  auto row = w.started("01", start_of());
  CHECK(first<roster::try_database>(w.it.died(row.id, {ec::store_unavailable, "locked"}, w.now))->in == 5s);
  for (auto in : {10s, 20s, 40s, 60s, 60s})
    CHECK(first<roster::try_database>(w.it.database_away({ec::store_unavailable, "locked"}))->in == in);
  REQUIRE(first<roster::spawn>(w.it.database_well()));
  CHECK(first<roster::try_database>(w.it.died(row.id, {ec::store_unavailable, "locked"}, w.now))->in == 5s);
}

TEST_CASE("an import whose failure cannot be written down is shown as it is, not as running") {
  world w;
  auto row = w.started("01", start_of());
  REQUIRE(first<roster::write_failure>(w.it.died(row.id, {ec::store_defect, "the file is gone"}, w.now)));
  auto waits = w.it.failure_not_written(row.id, {ec::store_unavailable, "disk I/O error"});
  CHECK(first<roster::try_database>(waits));
  CHECK(w.it.running() == 0);
  CHECK(w.it.shown(row.id)->error.find("the file is gone") != std::string::npos);
  CHECK(first<roster::write_failure>(w.it.database_well()));
}

TEST_CASE("whoever loses its database to another owner begins nothing more and says why") {
  world w;
  auto first_row = w.started("01", start_of());
  auto second_row = w.started("02", start_of("item"));
  failure lost{ec::fenced, "node b has it"};
  auto told = w.it.died(first_row.id, lost, w.now);
  CHECK_FALSE(first<roster::spawn>(told));
  CHECK(first<roster::halt>(told)->id == second_row.id);
  CHECK(first<roster::refuse>(w.it.start(start_of(), row_of("03"), 3))->why.code == ec::fenced);
  CHECK_FALSE(first<roster::spawn>(w.it.died(second_row.id, lost, w.now)));
  CHECK(w.it.at_rest());
}

TEST_CASE(
    "after a restart everything goes on but what a person paused, and a promised cancel is kept even while "
    "suspended") {
  roster it{"demo"};
  (void)it.suspend({"suspended by anna", 1, true});
  auto running = row_of("01");
  running.state = import_state::running;
  auto rests = row_of("02", "item");
  rests.state = import_state::paused;
  rests.paused_by = pause_cause::command;
  rests.started_at = 1;
  auto promised = row_of("03", "vendor");
  promised.state = import_state::cancelling;
  auto all = it.loaded({running, rests, promised});
  CHECK_FALSE(first<roster::spawn>(all));
  CHECK(first<roster::cancel>(all)->id == promised.id);
  CHECK(it.shown(running.id)->paused_by == pause_cause::suspension);
  auto resumed = it.end_suspension();
  CHECK(std::ranges::count_if(resumed, [](auto& x) { return std::holds_alternative<roster::spawn>(x); })
        == 1);
  CHECK(first<roster::spawn>(resumed)->row.id == running.id);
}

TEST_CASE(
    "a suspension is shown before an outage or a database that came first, which are shown again after it") {
  world w;
  auto row = w.started("01", start_of());
  auto cause = pause_cause::outage;
  SUBCASE("an outage") { (void)w.it.account_down("the account does not answer"); }
  SUBCASE("the database") { cause = pause_cause::database; }
  (void)w.it.ended(status_of(row, import_state::paused, cause), w.now);
  (void)w.it.suspend({"suspended by anna", 1, true});
  REQUIRE(w.it.shown(row.id));
  CHECK(w.it.shown(row.id)->paused_by == pause_cause::suspension);
  CHECK(w.it.shown(row.id)->error == "suspended by anna");
  (void)w.it.end_suspension();
  auto shown = w.it.shown(row.id); // nothing: what the ledger says is right again
  CHECK((shown ? shown->paused_by : cause) == cause);
}

TEST_CASE("an import that a suspension paused and an outage holds after it is shown as held by the outage") {
  world w;
  auto row = w.started("01", start_of());
  (void)w.it.account_down("the account does not answer");
  (void)w.it.suspend({"suspended by anna", 1, true});
  (void)w.it.ended(status_of(row, import_state::paused, pause_cause::suspension), w.now);
  CHECK(w.it.shown(row.id)->paused_by == pause_cause::suspension);
  (void)w.it.end_suspension();
  REQUIRE(w.it.shown(row.id));
  CHECK(w.it.shown(row.id)->paused_by == pause_cause::outage);
}

TEST_CASE("a person's pause of an import is shown, whatever else holds it") {
  world w;
  auto row = w.started("01", start_of());
  (void)w.it.pause(row.id, "anna", 2);
  (void)w.it.ended(status_of(row, import_state::paused, pause_cause::command), w.now);
  (void)w.it.suspend({"suspended by bob", 1, true});
  CHECK_FALSE(w.it.shown(row.id)); // the ledger says so
}

TEST_CASE("an import answers a start only if it does all that is asked for") {
  auto import = row_of("01", "customer", import_mode::incremental);
  auto wanted = [](import_options options) {
    return start_of("customer", import_mode::incremental, options);
  };
  CHECK(does_all(import, wanted({})));
  CHECK_FALSE(does_all(import, start_of()));
  import.options = {.since = 100, .reconcile = true, .verify = true};
  CHECK(does_all(import, wanted({.since = 100})));
  CHECK(does_all(import, wanted({.since = 200, .verify = true})));
  CHECK_FALSE(does_all(import, wanted({.since = 50})));
  // From its watermark on, which may be earlier.
  CHECK_FALSE(does_all(import, wanted({})));
}

TEST_CASE("an import that the ledger lacks waits for its database, and is never forgotten by that") {
  world w;
  auto row = w.started("01", start_of());
  failure lacking{ec::unknown_import, "the ledger has no import demo.01"};
  auto wait = 0ms;
  SUBCASE("told by its actor") {
    for (int i = 0; i < 10; ++i) {
      auto died = w.it.died(row.id, lacking, w.now);
      CHECK_FALSE(first<roster::write_failure>(died));
      REQUIRE(first<roster::try_database>(died));
      // One that is gone for good is not tried without end every few seconds.
      CHECK(first<roster::try_database>(died)->in >= wait);
      wait = first<roster::try_database>(died)->in;
      REQUIRE(w.it.shown(row.id));
      CHECK(w.it.shown(row.id)->paused_by == pause_cause::database);
      CHECK(w.it.shown(row.id)->error.find("lacks") != std::string::npos);
      CHECK(w.it.waits_for_database());
      REQUIRE(first<roster::spawn>(w.it.database_well()));
    }
    CHECK(wait == 60s);
  }
  SUBCASE("told when its failure is to be written") {
    auto died = w.it.died(row.id, {ec::store_defect, "damaged"}, w.now);
    REQUIRE(first<roster::write_failure>(died));
    CHECK(first<roster::try_database>(w.it.failure_not_written(row.id, lacking)));
    CHECK(w.it.row(row.id) != nullptr);
    CHECK(w.it.waits_for_database());
    REQUIRE(first<roster::write_failure>(w.it.database_well()));
  }
  CHECK(w.it.row(row.id) != nullptr);
}

TEST_CASE("an import that the ledger lacks is forgotten by a cancel") {
  world w;
  auto row = w.started("01", start_of());
  failure lacking{ec::unknown_import, "the ledger has no import demo.01"};
  CHECK(first<roster::try_database>(w.it.died(row.id, lacking, w.now)));
  auto asked = w.it.cancel_import(row.id, "anna", 7, 1);
  auto* cancel = first<roster::cancel>(asked);
  REQUIRE(cancel);
  CHECK(cancel->in_ledger);
  auto failed = w.it.cancel_failed(*cancel, lacking);
  REQUIRE(first<roster::refuse>(failed));
  CHECK(first<roster::refuse>(failed)->who == 7);
  CHECK(w.it.row(row.id) == nullptr);
  CHECK_FALSE(w.it.waits_for_database());
}

} // namespace import_roster_test
