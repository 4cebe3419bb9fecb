#include "node_in_process.hpp"

#include <algorithm>
#include <cstdlib>

#include <sqlite3.h>

#include "messages/caf_system.hpp"

namespace tidemark {

namespace fs = std::filesystem;

namespace {

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "tidemark-supervision-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
  return name;
}

template <class Handle>
Handle handle_of(const child_actor& child) {
  return caf::actor_cast<Handle>(child.actor);
}

/// By the number at the end of the name.
bool by_number(const child_actor& a, const child_actor& b) {
  return std::pair{a.name.size(), a.name} < std::pair{b.name.size(), b.name};
}

} // namespace

struct node_in_process::system_config : caf::actor_system_config {
  system_config() { announce_protocol(*this); }
};

node_in_process::node_in_process(const std::string& base_url, std::uint32_t concurrency_limit)
    : folder_(new_folder()),
      engine_(std::make_unique<http_engine>()),
      settings_(std::make_unique<system_config>()),
      system_(std::make_unique<caf::actor_system>(*settings_)) {
  node_config config;
  config.name = "in-process";
  config.data_dir = folder_;
  config.features.config = flag_setting{true, {}};
  tenant_config tenant;
  tenant.id = tenant_id;
  tenant.account = "1234567_SB1";
  tenant.base_url = base_url;
  tenant.concurrency_limit = concurrency_limit;
  tenant.database.location = (folder_ / "demo.db").string();
  tenant.auth = no_auth{};
  config.tenants.push_back(std::move(tenant));
  auto types = load_criteria(TIDEMARK_SOURCE_DIR "/config/criteria.json");
  auto logins = make_logins(config);
  if (!types || !logins) throw std::runtime_error("the node cannot be configured");
  node_ = caf::actor_cast<node_actor>(system_->spawn(
      node, node_settings{std::move(config), std::make_shared<const criteria>(std::move(*types)),
                          std::move(*logins), transport_over(*engine_)}));
}

node_in_process::~node_in_process() {
  {
    caf::scoped_actor self{*system_};
    self->request(node_, answer_patience, stop_branch{})
        .receive([](const done&) {}, [](const caf::error&) {});
    self->send_exit(node_, caf::exit_reason::user_shutdown);
    self->wait_for(node_);
  }
  node_ = nullptr;
  system_.reset();
  engine_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string node_in_process::start(const std::string& record_type) {
  return ask<import_status>(node_, start_import{tenant_id, record_type, import_mode::full, "test"}).id;
}

import_status node_in_process::status(const std::string& import_id) {
  return ask<import_status>(node_, query_import{import_id});
}

node_in_process::branch node_in_process::actors_of(const std::string& import_id) {
  branch result;
  for (auto& tenant : ask<child_list>(node_, list_children{}).children)
    for (auto& import : ask<child_list>(handle_of<tenant_actor>(tenant), list_children{}).children)
      if (import.name == import_id) result.import = import.actor;
  if (!result.import) throw std::runtime_error("nothing runs import " + import_id);
  result.waves = ask<child_list>(caf::actor_cast<import_actor>(result.import), list_children{}).children;
  for (auto& wave : result.waves) {
    auto workers = ask<child_list>(handle_of<wave_actor>(wave), list_children{}).children;
    result.workers.insert(result.workers.end(), workers.begin(), workers.end());
  }
  std::ranges::sort(result.workers, by_number);
  return result;
}

bool node_in_process::kill(const caf::strong_actor_ptr& victim, const std::vector<child_actor>& others,
                           std::chrono::milliseconds within) {
  caf::scoped_actor self{*system_};
  self->monitor(victim->get()->address());
  for (auto& other : others) self->monitor(other.actor->get()->address());
  caf::anon_send_exit(victim->get()->address(), caf::exit_reason::unhandled_exception);
  bool all_gone = true;
  for (std::size_t i = 0; i <= others.size() && all_gone; ++i)
    self->receive([](const caf::down_msg&) {}, caf::after(within) >> [&] { all_gone = false; });
  return all_gone;
}

std::int64_t node_in_process::number(const std::string& sql) const {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::int64_t result = -1;
  if (sqlite3_open_v2((folder_ / "demo.db").c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK
      && sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK
      && sqlite3_step(statement) == SQLITE_ROW)
    result = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return result;
}

} // namespace tidemark
