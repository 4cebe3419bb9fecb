/// What a death inside an import leaves behind: no orphan, no request too many, no record lost.
#include <algorithm>

#include <doctest/doctest.h>

#include "node_in_process.hpp"
#include "simulator_process.hpp"
#include "waiting.hpp"

using namespace tidemark;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t limit = 5;

// Long against everything that a death sets off, so that a request which is not closed by it stands out.
constexpr int quick_ms = 60;
constexpr int long_ms = 3'000;
constexpr int endless_ms = 60'000;

/// An import of customers in its middle: every slot has a request that will take so much longer.
struct interrupted_world {
  explicit interrupted_world(int hanging_ms) {
    import_id = it.start("customer");
    REQUIRE(soon([&] { return customers_served() >= 6000; }));
    account.set({{"latency_ms", hanging_ms}});
    REQUIRE(soon([&] { return stands_still(); }));
    before = it.actors_of(import_id);
    stored_before = it.number("SELECT count(*) FROM customer");
  }

  std::uint64_t customers_served() const {
    auto tables = account.stats().at("tables");
    return tables.contains("customer") ? tables.at("customer").at("rows").get<std::uint64_t>() : 0;
  }

  /// Every slot is taken, and no request has begun for longer than a quick one takes.
  bool stands_still() {
    auto stats = account.stats();
    auto now = std::chrono::steady_clock::now();
    if (auto begun = stats.at("requests").get<std::uint64_t>(); begun != requests_begun) {
      requests_begun = begun;
      last_begun = now;
    }
    return stats.at("in_flight") == limit && now - last_begun > 5 * std::chrono::milliseconds{quick_ms};
  }

  const child_actor& wave_of_customers() const { return before.waves.back(); }

  /// Lets requests be quick again and waits for the end of the import.
  import_status finish() {
    account.set({{"latency_ms", 20}});
    REQUIRE(soon([&] { return is_final(it.status(import_id).state); }));
    return it.status(import_id);
  }

  /// The account saw so many requests closed, soon after they began, and never more than the limit at once;
  /// every customer is there once.
  void check_nothing_left_behind(std::uint64_t closed) {
    CHECK(account.stat("aborted_by_client") == closed);
    CHECK(account.stat("peak_in_flight") == limit);
    CHECK(account.stat("refusals") == 0);
    for (auto& request : account.requests()) {
      CAPTURE(request.dump());
      if (request.at("ending") == "aborted") CHECK(request.at("duration_ms").get<double>() < 2000);
    }
    CHECK(it.number("SELECT count(*) FROM customer") == static_cast<std::int64_t>(account.rows("customer")));
    CHECK(
        it.number("SELECT count(*) FROM batches WHERE picked_up != completed + failed_attempts + released + "
                  "interrupted")
        == 0);
  }

  simulator_process account{{"--seed", "7", "--records", "customer=30000", "--knob", "latency_ms=60",
                             "--knob", "abort_linger_ms=20", "--knob", "auth=none"}};
  node_in_process it{account.url(), limit};
  std::string import_id;
  node_in_process::branch before;
  std::int64_t stored_before = 0;
  std::uint64_t requests_begun = 0;
  std::chrono::steady_clock::time_point last_begun;
};

} // namespace

TEST_CASE("a batch that is killed has its request closed, costs one attempt and is fetched again") {
  interrupted_world world{long_ms};
  auto& victim = world.before.workers.front();
  CHECK(victim.name.starts_with("batch "));
  CHECK(world.it.kill(victim.actor, {}, 2s));
  CHECK(soon([&] { return world.account.stat("aborted_by_client") == 1; }, 2s));
  CHECK(world.it.actors_of(world.import_id).import == world.before.import);
  auto status = world.finish();
  CHECK(status.state == import_state::completed);
  CHECK(status.pick_ups.failed_attempts == 1);
  world.check_nothing_left_behind(1);
}

TEST_CASE(
    "a wave that is killed takes its batches and their requests along, and is rebuilt from the ledger") {
  interrupted_world world{endless_ms};
  CHECK(world.before.workers.size() > limit);
  CHECK(world.it.kill(world.wave_of_customers().actor, world.before.workers, 2s));
  CHECK(soon([&] { return world.account.stat("aborted_by_client") == limit; }, 2s));
  auto status = world.finish();
  CHECK(status.state == import_state::completed);
  CHECK(status.pick_ups.failed_attempts == 0);
  world.check_nothing_left_behind(limit);
}

TEST_CASE("an import that is killed takes its whole branch along, and goes on from the ledger") {
  interrupted_world world{endless_ms};
  auto branch = world.before.workers;
  branch.insert(branch.end(), world.before.waves.begin(), world.before.waves.end());
  CHECK(world.it.kill(world.before.import, branch, 2s));
  CHECK(soon([&] { return world.account.stat("aborted_by_client") == limit; }, 2s));
  CHECK(world.it.number("SELECT count(*) FROM customer") == world.stored_before);
  auto status = world.finish();
  CHECK(status.state == import_state::completed);
  CHECK(status.id == world.import_id);
  CHECK(status.pick_ups.failed_attempts == 0);
  world.check_nothing_left_behind(limit);
}

TEST_CASE("an import that is killed again and again fails, and asks for nothing more") {
  interrupted_world world{endless_ms};
  for (int deaths = 1; deaths <= 4; ++deaths) {
    auto victim = world.it.actors_of(world.import_id).import;
    REQUIRE(world.it.kill(victim, {}, 2s));
    if (deaths < 4)
      REQUIRE(soon([&] {
        auto status = world.it.status(world.import_id);
        return world.it.actors_of(world.import_id).import != victim && status.state == import_state::running;
      }));
  }
  REQUIRE(soon([&] { return world.it.status(world.import_id).state == import_state::failed; }));
  CHECK(world.it.status(world.import_id).error.contains("could not be kept alive"));
  REQUIRE(soon([&] { return world.account.stat("in_flight") == 0; }, 5s));
  auto asked = world.customers_served();
  // Another import, from start to end, is the time in which something might still have happened.
  world.account.set({{"latency_ms", 5}});
  auto other = world.it.start("currency");
  REQUIRE(soon([&] { return is_final(world.it.status(other).state); }));
  CHECK(world.it.status(other).state == import_state::completed);
  CHECK(world.customers_served() == asked);
  CHECK(world.it.number("SELECT count(*) FROM customer") == world.stored_before);
}
