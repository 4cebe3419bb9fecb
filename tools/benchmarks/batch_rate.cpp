/// How many batches go through the actors in a second where the account answers at once and with nothing.
///
///     batch_rate BATCHES [--durable FOLDER]
///
/// Wave, batches, pool, room, login and the actor in front of the engine are the node's own; the engine
/// answers every request with an empty page, and the store says yes to everything. With --durable the store
/// is the node's own as well: each batch has its row in the ledger of a database in FOLDER, picked up and
/// completed in transactions.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sys/resource.h>

#include "actors/pool/pool.hpp"
#include "actors/request/budget.hpp"
#include "actors/request/credential.hpp"
#include "actors/request/http.hpp"
#include "actors/tenant/store.hpp"
#include "actors/wave/wave.hpp"
#include "config/logging.hpp"
#include "messages/caf_system.hpp"

namespace {

using namespace tidemark;
using namespace std::chrono_literals;

constexpr auto import_id = "bench.1";
constexpr auto type_name = "thing";
constexpr std::uint32_t slots = 15;
constexpr std::string_view described = R"json({ "version": 1, "record_types": [
  { "name": "thing", "key": "id", "fields": [{ "name": "id", "type": "id" }] } ] })json";
constexpr std::string_view empty_page =
    R"({"links":[],"count":0,"hasMore":false,"items":[],"offset":0,"totalResults":0})";

/// As tidemarkd sets it.
struct system_config : caf::actor_system_config {
  system_config() {
    announce_protocol(*this);
    set("scheduler.policy", caf::atom("sharing"));
  }
};

http_transport answers_at_once() {
  return {[](http_request wanted, http_engine::closed on_closed) {
            http_response answer;
            answer.id = wanted.id;
            answer.status = 200;
            answer.content_type = "application/json";
            answer.body = std::make_shared<std::string>();
            answer.body->reserve(2 * empty_page.size() + 64);
            *answer.body = empty_page;
            on_closed(std::move(answer));
          },
          [](transfer_id) {}, [] { return http_engine_stats{}; }};
}

caf::behavior agreeing_store(caf::event_based_actor*) {
  return {
      [](const prepare_table&) { return table_prepared{}; },
      [](const save_types&) { return done{}; },
      [](const finish_type& what) { return type_finished{what.type}; },
      [](const pick_up_batch&) { return picked_up{1}; },
      [](const batch_write&) { return batch_stored{}; },
  };
}

/// Hears what a wave tells its import, and fulfils `ended` with the record type's last state.
caf::behavior listening_import(caf::event_based_actor*, std::shared_ptr<std::promise<type_row>> ended) {
  return {
      [](const batch_changed&) {},
      [](const batches_planned&) {},
      [](const note_added&) {},
      [](const branch_stopped&) {},
      [](const solitude&) {},
      [ended](const type_changed& now) {
        if (now.row.finished_at != 0) ended->set_value(now.row);
      },
      [ended](const import_blocked& why) {
        type_row row;
        row.state = type_state::failed;
        row.error = why.what.message;
        ended->set_value(row);
      },
  };
}

std::shared_ptr<const std::vector<batch_row>> plan_of(std::uint64_t count) {
  auto rows = std::make_shared<std::vector<batch_row>>(count);
  std::int64_t key = 0;
  for (auto& row : *rows) {
    row.number = static_cast<std::uint64_t>(key / 1000 + 1);
    row.record_type = type_name;
    row.range = {key, key + 1000};
    row.weight = 0; // nothing is promised, so that an empty page is not doubted
    key += 1000;
  }
  return rows;
}

double seconds_of(const timeval& x) {
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

template <class Answer, class Message>
void ask(caf::scoped_actor& self, const store_actor& whom, Message what) {
  std::string trouble;
  self->request(whom, caf::infinite, std::move(what))
      .receive([](const Answer&) {}, [&](const caf::error& error) { trouble = to_failure(error).message; });
  if (!trouble.empty()) throw std::runtime_error(trouble);
}

void write_plan(caf::actor_system& system, const store_actor& to, const type_row& type,
                const planned_batches& rows) {
  caf::scoped_actor self{system};
  import_row import;
  import.id = import_id;
  import.tenant = "bench";
  import.record_type = type_name;
  import.requested_at = 1'772'359'200'000;
  ask<done>(self, to, create_import{import});
  ask<done>(self, to, save_import_state{import_id, import_state::running, "", import.requested_at, 0, {}});
  ask<table_prepared>(self, to, prepare_table{type_name});
  ask<done>(self, to, add_batches{import_id, type, rows});
}

int measure(std::uint64_t count, const char* folder) {
  auto parsed = parse_criteria(described, "bench.json");
  if (!parsed) throw std::runtime_error(parsed.error().message);
  const auto types = std::make_shared<const criteria>(std::move(*parsed));
  system_config config;
  caf::actor_system system{config};
  auto transfers = system.spawn(http, answers_at_once());
  auto account =
      system.spawn(pool, std::string{"BENCH"}, slot_policy_options{.limit = slots, .seed = 7}, transfers);
  auto login = system.spawn(credential_keeper, std::string{"bench"}, *credential::make(tenant_config{}),
                            account, transfers, std::string{}, note_taker{});
  auto room = system.spawn(budget, std::uint64_t{64} << 20U);
  auto database = folder != nullptr
                      ? system.spawn<caf::detached>(
                            store, store_settings{fmt::format("sqlite:{}/bench.db", folder), "bench", types})
                      : caf::actor_cast<store_actor>(system.spawn(agreeing_store));
  auto ended = std::make_shared<std::promise<type_row>>();
  auto import = caf::actor_cast<import_actor>(system.spawn(listening_import, ended));

  begin_type begin;
  begin.row.name = type_name;
  begin.row.planned = true;
  begin.first_number = count + 1;
  const auto rows = plan_of(count);
  if (folder != nullptr) write_plan(system, database, begin.row, rows);
  begin.batches = *rows;
  wave_settings settings{
      import_id,     0,    types, {account, transfers, login, "https://bench.example", "bench"},
      database,      room, slots, {},
      {5s, 10s, 15s}};
  auto branch = system.spawn(wave, std::move(settings), import);

  const auto cpu = cpu_seconds();
  const auto begun = std::chrono::steady_clock::now();
  post(branch, std::move(begin));
  const auto row = ended->get_future().get();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const auto used = cpu_seconds() - cpu;
  caf::anon_send_exit(branch, caf::exit_reason::user_shutdown);
  for (const auto& x : {caf::actor_cast<caf::actor>(database), caf::actor_cast<caf::actor>(import),
                        caf::actor_cast<caf::actor>(login), caf::actor_cast<caf::actor>(account),
                        caf::actor_cast<caf::actor>(room), caf::actor_cast<caf::actor>(transfers)})
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  if (row.state != type_state::completed)
    throw std::runtime_error("the batches did not complete: " + row.error);
  fmt::print("{{\"batches\": {}, \"wall_s\": {:.6f}, \"cpu_s\": {:.6f}}}\n", count, took.count(), used);
  return 0;
}

} // namespace

int main(int words, char** word) {
  std::uint64_t count = 0;
  const std::string_view first = words > 1 ? word[1] : "";
  std::from_chars(first.data(), first.data() + first.size(), count);
  const bool durable = words == 4 && std::string_view{word[2]} == "--durable";
  if (count == 0 || (words != 2 && !durable)) {
    std::fputs("usage: batch_rate BATCHES [--durable FOLDER]\n", stderr);
    return 2;
  }
  log_config quiet;
  quiet.level = log_level::off;
  static_cast<void>(start_logging(quiet));
  try {
    return measure(count, durable ? word[3] : nullptr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "batch_rate: %s\n", error.what());
    return 1;
  }
}
