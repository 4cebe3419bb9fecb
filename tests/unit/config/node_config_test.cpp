#include "config/node_config.hpp"
#include "tests/unit/config/scratch_folder.hpp"

#include <array>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <new>
#include <ostream>
#include <string_view>
#include <type_traits>
namespace node_config_test {

using namespace tidemark;
using namespace std::chrono_literals;

constexpr std::string_view bare_node =
    "[node]\nname = \"n\"\ndata_dir = \"data\"\ncriteria = \"criteria.json\"\n";

std::optional<std::string> test_environment(const std::string& name) {
  if (name == "KEY") return "the key";
  return std::nullopt;
}

node_config loaded(const scratch_folder& folder, std::string_view text) {
  auto result = load_node_config(folder.write("node.toml", text), test_environment);
  REQUIRE_MESSAGE(result, result.error().message);
  return *std::move(result);
}

std::string with_tenant(std::string_view settings) {
  return fmt::format("{}[[tenants]]\n{}\n", bare_node, settings);
}

TEST_CASE("a node without tenants is allowed and has every default") {
  const scratch_folder folder;
  const auto config = loaded(folder, bare_node);
  CHECK(config.name == "n");
  CHECK(config.tenants.empty());
  CHECK(config.byte_budget == 256ULL * 1024 * 1024);
  CHECK(config.scheduler_threads == 0);
  CHECK(config.max_attempts == 5);
  CHECK(config.patience == std::array{5s, 10s, 15s});
  CHECK(config.outage_pause == 60s);
  CHECK(config.stop_grace == 10s);
  CHECK(config.target_page == 30s);
  CHECK(config.max_rejected_records == 1000);
  CHECK(config.http.connect_timeout == 10s);
  CHECK(config.http.total_timeout == 300s);
  CHECK(config.http.max_body == 64ULL * 1024 * 1024);
  CHECK(!config.http.ca_file);
  CHECK(config.log.level == log_level::info);
  CHECK(config.log.format == log_format::text);
  CHECK(!config.log.file);
}

TEST_CASE("relative paths start at the file's folder, the socket at the data folder") {
  const scratch_folder folder;
  const auto config = loaded(folder, bare_node);
  CHECK(config.file == folder.path() / "node.toml");
  CHECK(config.data_dir == folder.path() / "data");
  CHECK(config.criteria_file == folder.path() / "criteria.json");
  CHECK(config.control_socket == folder.path() / "data/control.sock");
}

TEST_CASE("absolute paths stay as they are") {
  const scratch_folder folder;
  const auto config = loaded(folder, "[node]\nname = \"n\"\ndata_dir = \"/srv/t\"\ncriteria = "
                                     "\"/etc/c.json\"\ncontrol = \"unix:/run/t.sock\"\n");
  CHECK(config.data_dir == "/srv/t");
  CHECK(config.criteria_file == "/etc/c.json");
  CHECK(config.control_socket == "/run/t.sock");
}

TEST_CASE("every setting of node, http and log is read") {
  const scratch_folder folder;
  folder.write("ca.pem", "x");
  const auto config = loaded(folder, fmt::format(R"({}byte_budget_mb = 512
scheduler_threads = 3
max_attempts = 7
patience_seconds = [1, 2, 3]
outage_pause_seconds = 90
stop_grace_seconds = 3
target_page_seconds = 12
max_rejected_records = 0
[http]
connect_timeout_s = 4
total_timeout_s = 40
max_body_mb = 8
ca_file = "ca.pem"
[log]
level = "warning"
format = "json"
file = "t.log"
max_size_mb = 2
max_files = 9
components = {{ pool = "debug", store = "off" }}
)",
                                                 bare_node));
  CHECK(config.byte_budget == 512ULL << 20);
  CHECK(config.scheduler_threads == 3);
  CHECK(config.max_attempts == 7);
  CHECK(config.patience == std::array{1s, 2s, 3s});
  CHECK(config.outage_pause == 90s);
  CHECK(config.stop_grace == 3s);
  CHECK(config.target_page == 12s);
  CHECK(config.max_rejected_records == 0);
  CHECK(config.http.connect_timeout == 4s);
  CHECK(config.http.total_timeout == 40s);
  CHECK(config.http.max_body == 8ULL << 20);
  CHECK(config.http.ca_file == folder.path() / "ca.pem");
  CHECK(config.log.level == log_level::warning);
  CHECK(config.log.format == log_format::json);
  CHECK(config.log.file == folder.path() / "t.log");
  CHECK(config.log.max_size == 2ULL << 20);
  CHECK(config.log.max_files == 9);
  CHECK(config.log.components
        == std::map<std::string, log_level>{{"pool", log_level::debug}, {"store", log_level::off}});
}

TEST_CASE("every threshold of the alerts is read") {
  const scratch_folder folder;
  const auto alerts = loaded(folder, fmt::format(R"({}
[alerts]
sample_seconds = 2
window_seconds = 300
hold_seconds = 0
utilization_percent = 90
utilization_seconds = 60
refusals_percent = 3
batch_failures_percent = 4
retries_percent = 0
oldest_batch_seconds = 120
import_long_percent = 150
slow_percent = 50
least_history = 5
memory_percent = 70
memory_limit_mb = 512
descriptors_percent = 60
disk_free_mb = 2048
log_mb = 64
store_delay_seconds = 9
)",
                                                 bare_node))
                          .alerts;
  CHECK(alerts.sample == 2s);
  CHECK(alerts.window == 300s);
  CHECK(alerts.hold == 0s);
  CHECK(alerts.utilization_percent == 90);
  CHECK(alerts.utilization_time == 60s);
  CHECK(alerts.refusals_percent == 3);
  CHECK(alerts.batch_failures_percent == 4);
  CHECK(alerts.retries_percent == 0);
  CHECK(alerts.oldest_batch == 120s);
  CHECK(alerts.import_long_percent == 150);
  CHECK(alerts.slow_percent == 50);
  CHECK(alerts.least_history == 5);
  CHECK(alerts.memory_percent == 70);
  CHECK(alerts.memory_limit == 512ULL << 20);
  CHECK(alerts.descriptors_percent == 60);
  CHECK(alerts.disk_free == 2048ULL << 20);
  CHECK(alerts.log_size == 64ULL << 20);
  CHECK(alerts.store_delay == 9s);
}

TEST_CASE("a tenant has its account's own host, a database of its own name and English texts by default") {
  const scratch_folder folder;
  const auto config = loaded(folder, with_tenant(R"(id = "t1"
account = "1234567-sb1"
[tenants.auth]
method = "tba"
consumer_key = "env:KEY"
consumer_secret = "env:KEY"
token = "env:KEY"
token_secret = "env:KEY")"));
  REQUIRE(config.tenants.size() == 1);
  const auto& tenant = config.tenants.front();
  CHECK(tenant.account == "1234567_SB1");
  CHECK(tenant.base_url == "https://1234567-sb1.suitetalk.api.netsuite.com");
  CHECK(tenant.database == database_config{database_kind::sqlite, (folder.path() / "data/t1.db").string()});
  CHECK(tenant.concurrency_limit == 5);
  CHECK_FALSE(tenant.concurrency_auto);
  CHECK(tenant.concurrency_reserve == 0);
  CHECK(tenant.accept_language.empty());
  CHECK(tenant.planning == planning_mode::automatic);
}

TEST_CASE("the account can be asked for its limit, and 5 holds until it has told") {
  const scratch_folder folder;
  const auto config = loaded(folder, with_tenant(R"(id = "t1"
account = "1"
base_url = "http://127.0.0.1:18080/"
concurrency_limit = "auto"
concurrency_reserve = 7
auth = { method = "none" })"));
  CHECK(config.tenants.front().concurrency_auto);
  CHECK(config.tenants.front().concurrency_limit == 5);
  CHECK(config.tenants.front().concurrency_reserve == 7);
}

TEST_CASE("every setting of a tenant is read") {
  const scratch_folder folder;
  const auto config = loaded(folder, with_tenant(R"(id = "t1"
account = "1"
base_url = "http://127.0.0.1:18080/"
concurrency_limit = 15
concurrency_reserve = 3
database = "sqlite:deep/x.db"
accept_language = "de-DE, de;q=0.9"
planning = "walk"
auth = { method = "none" })"));
  const auto& tenant = config.tenants.front();
  CHECK(tenant.base_url == "http://127.0.0.1:18080");
  CHECK(tenant.concurrency_limit == 15);
  CHECK(tenant.concurrency_reserve == 3);
  CHECK(tenant.database.location == (folder.path() / "data/deep/x.db").string());
  CHECK(tenant.accept_language == "de-DE, de;q=0.9");
  CHECK(tenant.planning == planning_mode::walk);
  CHECK(std::holds_alternative<no_auth>(tenant.auth));
}

TEST_CASE("a credential comes from the environment, from a private file or from the setting itself") {
  const scratch_folder folder;
  folder.write("token", "from the file\r\n");
  const auto config = loaded(folder, with_tenant(R"(id = "t1"
account = "1"
[tenants.auth]
method = "tba"
consumer_key = "env:KEY"
consumer_secret = "in place"
token = "file:token"
token_secret = "x:y")"));
  const auto& auth = std::get<tba_auth>(config.tenants.front().auth);
  CHECK(auth.consumer_key.reveal() == "the key");
  CHECK(auth.consumer_secret.reveal() == "in place");
  CHECK(auth.token.reveal() == "from the file");
  CHECK(auth.token_secret.reveal() == "x:y");
}

TEST_CASE("OAuth 2.0 takes a private key of several lines") {
  const scratch_folder folder;
  folder.write("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  const auto config = loaded(folder, with_tenant(R"(id = "t1"
account = "1"
[tenants.auth]
method = "oauth2"
client_id = "env:KEY"
certificate_id = "cert"
private_key = "file:key.pem"
algorithm = "ES256")"));
  const auto& auth = std::get<oauth2_auth>(config.tenants.front().auth);
  CHECK(auth.client_id == "the key");
  CHECK(auth.certificate_id == "cert");
  CHECK(auth.private_key.reveal() == "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
  CHECK(auth.algorithm == signing_algorithm::es256);
  CHECK(to_string(auth.algorithm) == "ES256");
}

TEST_CASE("two tenants may share an account with one limit and one URL") {
  const scratch_folder folder;
  const auto config = loaded(folder, fmt::format(R"({}
[[tenants]]
id = "a"
account = "1234567_SB1"
base_url = "http://localhost:1"
auth = {{ method = "none" }}
[[tenants]]
id = "b"
account = "1234567-sb1"
base_url = "http://localhost:1/"
auth = {{ method = "none" }}
)",
                                                 bare_node));
  CHECK(config.tenants.size() == 2);
  CHECK(config.tenants[0].account == config.tenants[1].account);
}

template <class T>
concept printable =
    requires(std::ostream& out, const T& value) { out << value; } || fmt::is_formattable<T>::value
    || std::is_convertible_v<T, std::string> || std::is_convertible_v<T, std::string_view>;

TEST_CASE("a secret cannot be printed, formatted or converted") {
  static_assert(printable<std::string>);
  static_assert(!printable<secret>);
  CHECK(secret{"x"}.reveal() == "x");
  CHECK(secret{}.empty());
}

TEST_CASE("a secret leaves nothing where it was") {
  for (std::size_t length : {10U, 15U, 16U, 200U}) { // short texts lie in the object itself
    std::string source(length, 'k');
    source.reserve(length + 50);
    wipe(source);
    CHECK(source.empty());
    CHECK(std::string_view{source.data(), length}.find('k') == std::string_view::npos);

    alignas(secret) std::array<unsigned char, sizeof(secret)> place{};
    auto* held = new (place.data()) secret{std::string(length, 'k')};
    const auto rest = [&] {
      return std::string_view{reinterpret_cast<const char*>(place.data()), place.size()};
    };
    const auto* text = held->reveal().data();
    const bool inside = reinterpret_cast<const unsigned char*>(text) >= place.data()
                        && reinterpret_cast<const unsigned char*>(text) < place.data() + place.size();
    CHECK(inside == (length < 16));
    secret other{std::move(*held)};
    CHECK(other.reveal() == std::string(length, 'k'));
    CHECK(held->empty());
    CHECK(rest().find("kkkk") == std::string_view::npos);
    *held = other;
    CHECK(*held == other);
    held->~secret();
    CHECK(rest().find("kkkk") == std::string_view::npos);
  }
}

TEST_CASE("log levels have names that read back") {
  for (auto level : {log_level::trace, log_level::debug, log_level::info, log_level::warning,
                     log_level::error, log_level::off})
    CHECK(log_level_from_string(to_string(level)) == level);
  CHECK(!log_level_from_string("loud"));
}

TEST_CASE("the process environment tells an unset variable from a set one") {
  REQUIRE(::setenv("TIDEMARK_TEST_VARIABLE", "set", 1) == 0);
  CHECK(process_environment("TIDEMARK_TEST_VARIABLE") == "set");
  REQUIRE(::unsetenv("TIDEMARK_TEST_VARIABLE") == 0);
  CHECK(!process_environment("TIDEMARK_TEST_VARIABLE"));
}

} // namespace node_config_test
