#include "asked_node.hpp"

#include <system_error>

#include <cstdlib>
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tidemark {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

/// Everybody who may have a share in an answer.
std::set<std::string> all_actors() {
  return {"session", "node",   "control", "scheduler", "monitor",  "journal",    "http",          "budget",
          "pool",    "tenant", "store",   "plan",      "parity",   "credential", "account_check", "discovery",
          "import",  "wave",   "planner", "batch",     "verifier", "deletions",  "legacy_import"};
}

fs::path folder_for_node() {
  std::error_code none;
  auto base = fs::is_directory("/dev/shm", none) ? fs::path{"/dev/shm"} : fs::temp_directory_path();
  auto pattern = (base / "tidemark-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::system_error{errno, std::generic_category(), pattern};
  return pattern;
}

} // namespace

asked_node::asked_node() : defect(all_actors()), folder_(folder_for_node()) {
  client_ = spawn_puppet();
  actors_of_test_ = system.registry().running();
  node = caf::actor_cast<node_actor>(system.spawn(tidemark::node, settings_for_node()));
  settle();
  journal_actor stream;
  let(client_, [&](caf::event_based_actor* self) {
    request(self, node, caf::infinite, query_journal{}).then([&](const journal_handle& handle) {
      stream = handle.journal;
    });
  });
  link = caf::actor_cast<session_actor>(system.spawn(
      session, node, stream, caf::actor_cast<caf::strong_actor_ptr>(client_), std::string{"a test"}));
  settle();
  schedule nightly;
  nightly.name = "nightly";
  nightly.tenant = "demo";
  nightly.record_type = "customer";
  nightly.cron = "@daily";
  REQUIRE(ask<schedule_status>(link, add_schedule{nightly, "anna"}).arrived());
  auto begun = ask<import_status>(link, start_import{"demo", "line", import_mode::full, "anna"});
  REQUIRE(work_until([&] { return begun.arrived(); }, 5s));
  import_id = begun.value().id;
}

asked_node::~asked_node() {
  defect.disarm();
  // The system would wait for them without end.
  if (auto left = left_behind(); left != 0) {
    fmt::print(stderr, "{} actors are left behind\n", left);
    std::abort();
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

node_settings asked_node::settings_for_node() {
  node_settings with;
  with.config.name = "asked";
  with.config.data_dir = folder_;
  with.config.features.config = flag_setting{true, {}};
  tenant_config tenant;
  tenant.id = "demo";
  tenant.account = "DEMO";
  tenant.base_url = "https://demo.example";
  tenant.concurrency_limit = 3;
  tenant.database.location = (folder_ / "demo.db").string();
  tenant.auth = no_auth{};
  with.config.tenants.push_back(std::move(tenant));
  with.types = shop_types();
  with.logins = *make_logins(with.config);
  with.transport = engine_.transport();
  with.threads = false;
  with.stop_process = [] {};
  // What changes makes the tenant begin anew.
  with.read_again = [with](const node_config& running) -> outcome<node_settings> {
    auto other = with;
    other.config = running;
    other.config.tenants.front().accept_language += "x";
    return other;
  };
  return with;
}

bool asked_node::work_until(const std::function<bool()>& over, std::chrono::seconds at_most) {
  for (auto passed = 0ms; passed < at_most;) {
    settle();
    if (over()) return true;
    if (!engine_.open.empty()) {
      engine_.close(account.answer(engine_.open.front().request));
      continue;
    }
    auto step = passed < 1s ? 50ms : 500ms;
    advance(step);
    passed += step;
  }
  return over();
}

bool asked_node::node_lives() const {
  return !caf::actor_cast<caf::abstract_actor*>(node)->getf(caf::abstract_actor::is_terminated_flag);
}

std::int64_t asked_node::left_behind() {
  caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
  settle();
  engine_.close_all(answer_of("", 500));
  advance(last_patience);
  return static_cast<std::int64_t>(system.registry().running()) - static_cast<std::int64_t>(actors_of_test_);
}

} // namespace tidemark
