#include "actors/monitor/alert_rules.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "messages/store_words.hpp"
#include <fmt/format.h>
namespace alert_rules_test {

using namespace tidemark;
using namespace std::chrono_literals;

struct rules_world {
  explicit rules_world(alerts_config with = {}) : config(with), rules(with) {
    head.id = "demo.1";
    head.tenant = "demo";
    head.record_type = "customer";
    pool.account = "DEMO";
    pool.limit = pool.effective = 10;
    store.tenant = "demo";
  }

  /// Lets time pass in samples, as the monitor does.
  void pass(std::chrono::seconds time, const std::function<void()>& each = [] {}) {
    for (auto left = time; left > 0s; left -= config.sample) {
      now.steady += config.sample;
      now.wall += std::chrono::milliseconds{config.sample}.count();
      each();
      rules.look(now);
    }
  }
  void see(std::string_view kind = "import_state", std::uint64_t batch = 0) {
    rules.see(head, kind, batch, now);
  }
  void become(import_state state) {
    head.state = state;
    see();
  }
  void begin() {
    become(import_state::queued);
    become(import_state::planning);
    head.started_at = now.wall;
    become(import_state::running);
  }
  /// So many pick-ups end well, and so many in a failed attempt.
  void end_pick_ups(std::uint32_t completed, std::uint32_t failed_attempts = 0, std::uint32_t failed = 0) {
    head.batches.completed += completed;
    head.batches.failed += failed;
    head.pick_ups.completed += completed;
    head.pick_ups.failed_attempts += failed_attempts;
    head.pick_ups.picked_up += completed + failed_attempts;
    see("batch_completed", 1);
  }

  const alert* up(std::string_view id) {
    last = rules.board().up();
    auto found = std::ranges::find(last, id, &alert::id);
    return found == last.end() ? nullptr : &*found;
  }

  alerts_config config;
  alert_rules rules;
  moment now{std::chrono::steady_clock::time_point{1h}, 1'800'000'000'000};
  import_status head;
  pool_status pool;
  tenant_sample store;
  std::vector<alert> last;
};

std::vector<past_import> past(std::size_t count, std::chrono::seconds duration, std::uint64_t records) {
  return std::vector<past_import>(count, {std::chrono::milliseconds{duration}.count(), records});
}

// -- imports

TEST_CASE("an import that fails raises, and the next good one of its type and mode clears") {
  rules_world it;
  it.begin();
  it.head.error = "record type customer failed: no luck";
  it.become(import_state::failed);
  auto* failed = it.up("import_failed");
  REQUIRE(failed != nullptr);
  CHECK(failed->about == alert_subject{"demo", {}, "demo.1", "customer"});
  CHECK(failed->text.find("no luck") != std::string::npos);
  CHECK(failed->level == alert_level::error);

  it.head.error.clear();
  it.head.id = "demo.2";
  it.head.record_type = "item";
  it.begin();
  it.become(import_state::completed);
  CHECK(it.up("import_failed") != nullptr);

  it.head.id = "demo.3";
  it.head.record_type = "customer";
  it.begin();
  CHECK(it.up("import_failed") != nullptr);
  it.become(import_state::completed_with_errors);
  CHECK(it.up("import_failed") == nullptr);
}

TEST_CASE("an import that fails again keeps its alert and names the last one") {
  rules_world it;
  it.begin();
  it.become(import_state::failed);
  auto since = it.up("import_failed")->since;
  it.pass(60s);
  it.head.id = "demo.2";
  it.begin();
  it.become(import_state::failed);
  CHECK(it.up("import_failed")->about.import_id == "demo.2");
  CHECK(it.up("import_failed")->since == since);
  CHECK(it.rules.take_changes().size() == 1);
}

TEST_CASE("a cancelled import neither raises nor clears") {
  rules_world it;
  it.begin();
  it.become(import_state::cancelled);
  CHECK(it.up("import_failed") == nullptr);
  it.head.id = "demo.2";
  it.begin();
  it.become(import_state::failed);
  it.head.id = "demo.3";
  it.begin();
  it.become(import_state::cancelled);
  CHECK(it.up("import_failed") != nullptr);
}

TEST_CASE("a share of failed batches raises, and clears when they are long past") {
  rules_world it;
  it.begin();
  it.end_pick_ups(95, 5, 5);
  it.pass(5s);
  auto* failures = it.up("batch_failures");
  REQUIRE(failures != nullptr);
  CHECK(failures->about.tenant == "demo");
  CHECK(failures->value == doctest::Approx(5));
  it.pass(it.config.window - 10s);
  CHECK(it.up("batch_failures") != nullptr);
  it.pass(it.config.hold + 10s);
  CHECK(it.up("batch_failures") == nullptr);
}

TEST_CASE("one failed batch of a handful is no share") {
  rules_world it;
  it.begin();
  it.end_pick_ups(2, 1, 1);
  it.pass(5s);
  CHECK(it.up("batch_failures") == nullptr);
}

TEST_CASE("what had failed before the node started raises nothing") {
  rules_world it;
  it.head.batches.completed = 50;
  it.head.batches.failed = 50;
  it.begin();
  it.pass(60s);
  CHECK(it.up("batch_failures") == nullptr);
}

TEST_CASE("many failed attempts raise although their batches get through") {
  rules_world it;
  it.begin();
  it.pass(5s, [&] { it.end_pick_ups(8, 2); });
  CHECK(it.up("retries") == nullptr); // not for long enough
  it.pass(it.config.hold, [&] { it.end_pick_ups(8, 2); });
  REQUIRE(it.up("retries") != nullptr);
  CHECK(it.up("retries")->value == doctest::Approx(20));
  CHECK(it.up("batch_failures") == nullptr);
  it.pass(it.config.window + it.config.hold, [&] { it.end_pick_ups(10); });
  CHECK(it.up("retries") == nullptr);
}

TEST_CASE("a batch that was picked up long ago and has not ended raises, its end clears") {
  rules_world it;
  it.begin();
  it.head.batches.pending = 3;
  it.see("batch_running", 7);
  it.pass(it.config.oldest_batch - 5s, [&] {
    it.see("batch_running", 8);
    it.see("batch_completed", 8);
    it.see("batch_pending", 7); // it failed, and waits to be picked up again
  });
  CHECK(it.up("oldest_batch") == nullptr);
  it.pass(5s, [&] { it.see("batch_completed", 8); });
  REQUIRE(it.up("oldest_batch") != nullptr);
  CHECK(it.up("oldest_batch")->about.import_id == "demo.1");
  CHECK(it.up("oldest_batch")->value == doctest::Approx(900));
  it.see("batch_completed", 7);
  it.pass(5s);
  CHECK(it.up("oldest_batch") == nullptr);
}

TEST_CASE("an import in which nothing happens has an oldest batch too") {
  rules_world it;
  it.begin();
  it.head.batches.pending = 3;
  it.see();
  it.pass(it.config.oldest_batch);
  CHECK(it.up("oldest_batch") != nullptr);
  it.become(import_state::failed);
  CHECK(it.up("oldest_batch") == nullptr);
}

TEST_CASE("the time of a pause makes no batch old") {
  rules_world it;
  it.begin();
  it.head.batches.pending = 3;
  it.see("batch_running", 7);
  it.pass(it.config.oldest_batch - 10s, [&] { it.see("batch_pending", 7); });
  it.become(import_state::paused);
  it.pass(1h);
  it.become(import_state::running);
  it.pass(60s);
  CHECK(it.up("oldest_batch") == nullptr);
}

TEST_CASE("an import that takes twice as long as its predecessors raises, its end clears") {
  rules_world it;
  it.begin();
  REQUIRE(it.rules.without_history().size() == 1);
  it.rules.set_history("demo.1", past(3, 600s, 1000));
  CHECK(it.rules.without_history().empty());
  it.pass(1195s);
  CHECK(it.up("import_long") == nullptr);
  it.pass(10s);
  REQUIRE(it.up("import_long") != nullptr);
  CHECK(it.up("import_long")->value >= 200);
  it.become(import_state::completed);
  CHECK(it.up("import_long") == nullptr);
}

TEST_CASE("a pause is not counted into the duration of an import") {
  rules_world it;
  it.begin();
  it.rules.set_history("demo.1", past(3, 600s, 1000));
  it.pass(600s);
  it.become(import_state::paused);
  it.pass(3600s);
  it.become(import_state::running);
  it.pass(300s);
  CHECK(it.up("import_long") == nullptr);
}

TEST_CASE("without enough predecessors an import is neither long nor slow") {
  rules_world it;
  it.begin();
  it.head.batches.pending = 3;
  it.rules.set_history("demo.1", past(2, 60s, 1'000'000));
  it.pass(1h);
  CHECK(it.up("import_long") == nullptr);
  CHECK(it.up("import_slow") == nullptr);
}

TEST_CASE("an import far below the usual rate raises, and clears when it is back") {
  rules_world it;
  it.begin();
  it.head.batches.pending = 100;
  it.rules.set_history("demo.1", past(5, 100s, 100'000)); // 1000 records per second
  auto at_rate = [&](std::uint64_t per_second) {
    return [&it, per_second] {
      it.head.records.stored += per_second * 5;
      it.see("batch_completed", 1);
    };
  };
  it.pass(400s, at_rate(900));
  CHECK(it.up("import_slow") == nullptr);
  it.pass(500s, at_rate(100));
  REQUIRE(it.up("import_slow") != nullptr);
  CHECK(it.up("import_slow")->value < 30);
  it.pass(500s, at_rate(900));
  CHECK(it.up("import_slow") == nullptr);
}

TEST_CASE("pick-ups that do not add up raise at once") {
  rules_world it;
  it.begin();
  it.end_pick_ups(99);
  CHECK(attempt_preservation(it.head) == 1.0);
  CHECK(it.up("attempts_not_preserved") == nullptr);
  ++it.head.pick_ups.picked_up;
  it.see("batch_completed", 2);
  REQUIRE(it.up("attempts_not_preserved") != nullptr);
  CHECK(it.up("attempts_not_preserved")->value == doctest::Approx(99));
  it.head.batches.running = 1;
  it.see("batch_running", 3);
  CHECK(it.up("attempts_not_preserved") == nullptr);
}

TEST_CASE("pick-ups that end more often than they began do not add up either") {
  rules_world it;
  it.begin();
  it.end_pick_ups(9);
  ++it.head.pick_ups.interrupted;
  CHECK(attempt_preservation(it.head) == doctest::Approx(0.9));
}

// -- logins

TEST_CASE("an import that is paused for its credentials raises until a page comes again") {
  rules_world it;
  it.begin();
  it.head.paused_by = pause_cause::credentials;
  it.head.error = "authentication failed: 401";
  it.become(import_state::paused);
  REQUIRE(it.up("authentication") != nullptr);
  CHECK(it.up("authentication")->about.tenant == "demo");
  it.head.paused_by = pause_cause::none;
  it.become(import_state::running);
  CHECK(it.up("authentication") != nullptr); // it only tries
  it.end_pick_ups(1);
  CHECK(it.up("authentication") == nullptr);
}

TEST_CASE("an import that fails on its first login raises until another one gets in") {
  rules_world it;
  it.become(import_state::queued);
  it.become(import_state::planning);
  it.head.error = "authentication failed: 401";
  it.become(import_state::failed);
  CHECK(it.up("authentication") != nullptr);
  CHECK(it.up("import_failed") != nullptr);
  it.head.error.clear();
  it.head.id = "demo.2";
  it.begin();
  CHECK(it.up("authentication") == nullptr);
}

TEST_CASE("a pause by command says nothing about credentials") {
  rules_world it;
  it.begin();
  it.head.paused_by = pause_cause::command;
  it.become(import_state::paused);
  CHECK(it.up("authentication") == nullptr);
}

TEST_CASE("a tenant that is suspended since its login was refused raises until that ends") {
  rules_world it;
  it.store.suspended = {"authentication failed: 401", 1, false};
  it.rules.see(it.store, it.now);
  REQUIRE(it.up("authentication") != nullptr);
  CHECK(it.up("authentication")->text.find("401") != std::string::npos);
  it.store.suspended = {};
  it.rules.see(it.store, it.now);
  CHECK(it.up("authentication") == nullptr);
}

TEST_CASE("a tenant that an operator suspended raises nothing") {
  rules_world it;
  it.store.suspended = {"suspended by anna", 1, true};
  it.rules.see(it.store, it.now);
  CHECK(it.rules.board().up().empty());
}

// -- accounts

TEST_CASE("slots that are busy for long raise a notice, and clear when they are not") {
  rules_world it;
  auto busy = [&] {
    it.pool.busy_1m = 9000;
    it.rules.see(it.pool, it.now);
  };
  auto idle = [&] {
    it.pool.busy_1m = 2000;
    it.rules.see(it.pool, it.now);
  };
  it.pass(it.config.utilization_time - 5s, busy);
  CHECK(it.up("utilization") == nullptr);
  it.pass(10s, busy);
  REQUIRE(it.up("utilization") != nullptr);
  CHECK(it.up("utilization")->about.account == "DEMO");
  CHECK(it.up("utilization")->level == alert_level::notice);
  CHECK(it.up("utilization")->value == doctest::Approx(90));
  it.pass(it.config.hold + 120s, idle);
  CHECK(it.up("utilization") == nullptr);
}

TEST_CASE("refusals while we stay under the limit raise, and clear when they stop") {
  rules_world it;
  it.pass(it.config.hold + 60s, [&] {
    it.pool.granted += 50;
    it.pool.refused += 2;
    it.rules.see(it.pool, it.now);
  });
  REQUIRE(it.up("refusals") != nullptr);
  CHECK(it.up("refusals")->value == doctest::Approx(4));
  it.pass(it.config.window + it.config.hold, [&] {
    it.pool.granted += 50;
    it.rules.see(it.pool, it.now);
  });
  CHECK(it.up("refusals") == nullptr);
}

TEST_CASE("a few refusals of a few requests are none") {
  rules_world it;
  it.pool.granted = 0;
  it.pass(600s, [&] {
    it.pool.refused = 2;
    it.pool.granted = 10;
    it.rules.see(it.pool, it.now);
  });
  CHECK(it.up("refusals") == nullptr);
}

TEST_CASE("a pool that begins anew does not count backwards") {
  rules_world it;
  it.pool.granted = 1000;
  it.pool.refused = 500;
  it.rules.see(it.pool, it.now);
  it.pool.granted = 0;
  it.pool.refused = 0;
  it.pass(120s, [&] { it.rules.see(it.pool, it.now); });
  CHECK(it.up("refusals") == nullptr);
}

TEST_CASE("an account that is down raises at once and clears when it answers") {
  rules_world it;
  it.pool.outage = true;
  it.pool.outage_reason = "cannot connect";
  it.rules.see(it.pool, it.now);
  REQUIRE(it.up("account_down") != nullptr);
  CHECK(it.up("account_down")->text.find("cannot connect") != std::string::npos);
  it.pool.outage = false;
  it.rules.see(it.pool, it.now);
  CHECK(it.up("account_down") == nullptr);
}

TEST_CASE("what an alert of an outage promises is true for suspended tenants too") {
  rules_world it;
  auto other = it.store;
  it.store.account = other.account = it.pool.account;
  other.tenant = "other";
  it.pool.outage = true;
  auto remedy = [&] {
    it.rules.see(it.store, it.now);
    it.rules.see(other, it.now);
    it.rules.see(it.pool, it.now);
    return it.up("account_down")->remedy;
  };
  auto says = [&](std::string_view part) { return remedy().find(part) != std::string::npos; };
  CHECK(says("by themselves"));
  CHECK_FALSE(says("tenant resume"));
  it.store.suspended = {"suspended by anna", 1, true};
  CHECK(says("by themselves"));
  CHECK(says("those of suspended tenants with \"tidemark tenant resume demo\" only"));
  other.suspended = it.store.suspended;
  CHECK_FALSE(says("by themselves"));
  CHECK(says("\"tidemark tenant resume demo\", \"tidemark tenant resume other\""));
  it.store.suspended = other.suspended = {};
  CHECK(says("by themselves"));
}

// -- databases

TEST_CASE("a database that fails raises, and clears with the first look that finds it well") {
  rules_world it;
  it.store.failures = 1;
  it.store.last = {ec::store_unavailable, "the database x.db is locked"};
  it.rules.see(it.store, it.now);
  REQUIRE(it.up("store_unavailable") != nullptr);
  CHECK(it.up("store_defect") == nullptr);
  CHECK(it.up("store_unavailable")->text.find("locked") != std::string::npos);
  it.store.failures = 2;
  it.rules.see(it.store, it.now);
  CHECK(it.up("store_unavailable") != nullptr);
  it.rules.see(it.store, it.now);
  CHECK(it.up("store_unavailable") == nullptr);
}

TEST_CASE("what an alert of a database promises is true for a suspended tenant too") {
  for (auto word : {store_words::locked, std::string_view{}}) {
    rules_world it;
    it.store.away = true;
    it.store.last = {ec::store_unavailable, "trouble", "x.db", std::string{word}};
    it.store.suspended = {"suspended by anna", 1, true};
    it.rules.see(it.store, it.now);
    auto remedy = it.up("store_unavailable")->remedy;
    CHECK(remedy.find("by themselves") == std::string::npos);
    CHECK(remedy.find("tidemark tenant resume demo") != std::string::npos);
  }
}

TEST_CASE("a database that cannot be used keeps the alert up without a further failure") {
  rules_world it;
  it.store.failures = 1;
  it.store.away = true;
  it.store.last = {ec::store_unavailable, "the database x.db has no room to grow"};
  it.pass(1h, [&] { it.rules.see(it.store, it.now); });
  CHECK(it.up("store_unavailable") != nullptr);
}

TEST_CASE("a damaged database is another alert than one that is away") {
  rules_world it;
  it.store.failures = 1;
  it.store.last = {ec::store_defect, "the database x.db is damaged"};
  it.rules.see(it.store, it.now);
  CHECK(it.up("store_defect") != nullptr);
  CHECK(it.up("store_unavailable") == nullptr);
}

TEST_CASE("what an alert of a database advises fits the cause") {
  struct advice {
    ec code;
    std::string_view word;
    std::string alert;
    std::string part;
  };
  using namespace store_words;
  for (auto& x : {advice{ec::store_unavailable, locked, "store_unavailable", "locks it"},
                  advice{ec::store_unavailable, full, "store_unavailable", "free space"},
                  advice{ec::store_unavailable, not_writable, "store_unavailable", "write permission"},
                  advice{ec::store_defect, damaged, "store_defect", "from a backup"},
                  advice{ec::store_defect, moved, "store_defect", "put the file back"}}) {
    rules_world it;
    it.store.failures = 1;
    it.store.last = {x.code, "trouble", "x.db", std::string{x.word}};
    it.rules.see(it.store, it.now);
    REQUIRE(it.up(x.alert) != nullptr);
    CHECK(it.up(x.alert)->remedy.find(x.part) != std::string::npos);
    CHECK((x.word == full) == (it.up(x.alert)->remedy.find("free space") != std::string::npos));
  }
}

TEST_CASE("an alert that stays up takes the advice of its present cause") {
  rules_world it;
  it.store.failures = 1;
  it.store.away = true;
  it.store.last = {ec::store_unavailable, "locked", "x.db", std::string{store_words::locked}};
  it.rules.see(it.store, it.now);
  it.store.last = {ec::store_unavailable, "full", "x.db", std::string{store_words::full}};
  it.rules.see(it.store, it.now);
  CHECK(it.up("store_unavailable")->remedy.find("free space") != std::string::npos);
}

TEST_CASE("a database that answers late raises") {
  rules_world it;
  it.store.delay = 30s;
  it.rules.see(it.store, it.now);
  REQUIRE(it.up("store_slow") != nullptr);
  it.store.delay = 10ms;
  it.pass(it.config.hold + 5s, [&] { it.rules.see(it.store, it.now); });
  CHECK(it.up("store_slow") == nullptr);
}

TEST_CASE("a log that cannot be written back raises, and clears when it is") {
  rules_world it;
  auto see = [&] { it.rules.see(it.store, it.now); };
  it.store.log_bytes = 300U << 20U;
  it.pass(it.config.hold - 5s, see);
  CHECK(it.up("log_grows") == nullptr);
  it.pass(10s, see);
  auto* grown = it.up("log_grows");
  REQUIRE(grown != nullptr);
  CHECK(grown->about.tenant == "demo");
  CHECK(grown->unit == "MB");
  CHECK(grown->text.find("300 MB") != std::string::npos);
  it.store.log_bytes = 16U << 20U;
  it.pass(it.config.hold + 5s, see);
  CHECK(it.up("log_grows") == nullptr);
}

// -- the process

TEST_CASE("memory near its limit raises, and clears well below") {
  rules_world it;
  resource_sample sample;
  sample.memory_limit = 1000 << 20;
  auto at = [&](std::uint64_t megabytes) {
    return [&, megabytes] {
      sample.memory = megabytes << 20;
      it.rules.see(sample, it.now);
    };
  };
  it.pass(it.config.hold - 5s, at(950));
  CHECK(it.up("memory") == nullptr);
  it.pass(10s, at(950));
  REQUIRE(it.up("memory") != nullptr);
  CHECK(it.up("memory")->value == doctest::Approx(95));
  it.pass(it.config.hold * 2, at(800));
  CHECK(it.up("memory") != nullptr);
  it.pass(it.config.hold * 2, at(700));
  CHECK(it.up("memory") == nullptr);
}

TEST_CASE("a configured limit of memory overrules the machine's") {
  rules_world it{{.hold = 0s, .memory_limit = 100 << 20}};
  resource_sample sample;
  sample.memory = 95 << 20;
  sample.memory_limit = 64ULL << 30;
  it.rules.see(sample, it.now);
  CHECK(it.up("memory") != nullptr);
}

TEST_CASE("file descriptors near their limit raise") {
  rules_world it{{.hold = 0s}};
  resource_sample sample;
  sample.descriptors = 819;
  sample.descriptor_limit = 1024;
  it.rules.see(sample, it.now);
  CHECK(it.up("descriptors") == nullptr);
  sample.descriptors = 820;
  it.rules.see(sample, it.now);
  CHECK(it.up("descriptors") != nullptr);
}

TEST_CASE("a disk that runs full raises at once and names the folder") {
  rules_world it;
  resource_sample sample;
  sample.disks = {{"/data", 1000ULL << 20, 1ULL << 40}, {"/more", 1ULL << 40, 1ULL << 40}};
  it.rules.see(sample, it.now);
  REQUIRE(it.up("disk") != nullptr);
  CHECK(it.rules.board().up().size() == 1);
  CHECK(it.up("disk")->about.name == "/data");
  CHECK(it.up("disk")->value == doctest::Approx(1000));
  sample.disks[0].free = 1300ULL << 20;
  it.pass(it.config.hold + 5s, [&] { it.rules.see(sample, it.now); });
  CHECK(it.up("disk") == nullptr);
}

TEST_CASE("what the system does not tell raises nothing") {
  rules_world it{{.hold = 0s}};
  it.rules.see(resource_sample{}, it.now);
  CHECK(it.rules.board().up().empty());
}

TEST_CASE("a share of zero switches a rule off") {
  rules_world it{
      {.hold = 0s, .utilization_percent = 0, .utilization_time = 0s, .memory_percent = 0, .disk_free = 0}};
  it.pool.busy_1m = 10'000;
  it.rules.see(it.pool, it.now);
  resource_sample sample;
  sample.memory = sample.memory_limit = 1;
  sample.disks = {{"/data", 0, 1}};
  it.rules.see(sample, it.now);
  CHECK(it.rules.board().up().empty());
}

TEST_CASE("every rule has a remedy and an id of its own") {
  std::vector<std::string_view> ids;
  for (auto& rule : make_alert_rules({})) {
    CHECK(!rule.remedy.empty());
    CHECK_FALSE(
        fmt::format(fmt::runtime(rule.remedy), fmt::arg("tenant", ""), fmt::arg("import", "")).empty());
    ids.push_back(rule.id);
  }
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

TEST_CASE("held deletions are up per record type until the ledger holds none") {
  rules_world it;
  it.store.held = {
      {"customer", "demo.1", 900, 1000}, {"customer", "demo.3", 800, 1000}, {"item", "demo.2", 101, 300}};
  it.rules.see(it.store, it.now);
  CHECK(it.rules.board().up().size() == 2);
  auto* about_customers = it.up(alert_id::deletions_held);
  REQUIRE(about_customers != nullptr);
  CHECK(about_customers->level == alert_level::error);
  CHECK(about_customers->about == alert_subject{"demo", {}, "demo.3", "customer"});
  CHECK(about_customers->text
        == "800 of 1000 live records of customer did not come in import demo.3: none of them is deleted");
  CHECK(about_customers->remedy.contains("tidemark import accept-deletions demo.3 --type customer"));
  // A database that cannot be asked says nothing.
  it.store.held.reset();
  it.rules.see(it.store, it.now);
  CHECK(it.rules.board().up().size() == 2);
  it.store.held = {{"customer", "demo.1", 900, 1000}};
  it.rules.see(it.store, it.now);
  REQUIRE(it.rules.board().up().size() == 1);
  CHECK(it.rules.board().up().front().about.import_id == "demo.1");
  it.store.held.emplace();
  it.rules.see(it.store, it.now);
  CHECK(it.rules.board().up().empty());
}

} // namespace alert_rules_test
