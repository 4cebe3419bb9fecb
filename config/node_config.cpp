#include "config/node_config.hpp"

#include "config/alerts_reader.hpp"
#include "config/base_url.hpp"
#include "config/log_components.hpp"
#include "config/named.hpp"
#include "config/nearest.hpp"
#include "config/problems.hpp"
#include "config/tenant_reader.hpp"
#include "config/text_file.hpp"
#include "config/toml_section.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/un.h>
#include <system_error>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_bytes = 1 << 20;

// One place is for the zero at the end.
constexpr std::size_t max_socket_path = sizeof(sockaddr_un::sun_path) - 1;

constexpr name_table<log_level, 6> log_levels{{{log_level::trace, "trace"},
                                               {log_level::debug, "debug"},
                                               {log_level::info, "info"},
                                               {log_level::warning, "warning"},
                                               {log_level::error, "error"},
                                               {log_level::off, "off"}}};

constexpr name_table<log_format, 2> log_formats{{{log_format::text, "text"}, {log_format::json, "json"}}};

fs::path below(const fs::path& folder, const std::string& path) { return (folder / path).lexically_normal(); }

void read_control(toml_section& in, node_config& result) {
  const auto text = in.text("control").value_or("unix:control.sock");
  if (!text.starts_with("unix:") || text.size() == 5)
    return in.problem("control", "must be a Unix-domain socket, as in unix:control.sock");
  result.control_socket = below(result.data_dir, text.substr(5));
  if (const auto length = result.control_socket.native().size(); length > max_socket_path)
    in.problem("control", fmt::format("leads to {}, which is {} bytes long where a socket's path has at most "
                                      "{}; shorten data_dir or control",
                                      result.control_socket.string(), length, max_socket_path));
}

void read_node(toml_section& in, const fs::path& folder, node_config& result) {
  result.name = in.text("name").value_or("");
  if (!in.has("name"))
    in.missing("name", "give the node a name");
  else if (!result.name.empty() && !is_plain_id(result.name))
    in.problem("name", "must be 1 to 64 of A-Z a-z 0-9 _ -");
  if (!in.has("data_dir")) in.missing("data_dir", "name the folder for databases, as in \"data\"");
  result.data_dir = below(folder, in.text("data_dir").value_or("data"));
  if (!in.has("criteria")) in.missing("criteria", "name the criteria file, as in \"config/criteria.json\"");
  result.criteria_file = below(folder, in.text("criteria").value_or("criteria.json"));
  read_control(in, result);
  in.megabytes("byte_budget_mb", {1, 1'048'576}, result.byte_budget);
  in.number("scheduler_threads", {0, 1024}, result.scheduler_threads);
  in.number("max_attempts", {1, 100}, result.max_attempts);
  in.seconds("patience_seconds", {1, 3600}, result.patience);
  in.seconds("outage_pause_seconds", {1, 86'400}, result.outage_pause);
  in.seconds("target_page_seconds", {1, 3600}, result.target_page);
  in.number("max_rejected_records", {0, 1'000'000'000}, result.max_rejected_records);
  in.seconds("stop_grace_seconds", {1, 3600}, result.stop_grace);
  in.number("ledger_retention_days", {1, 36'500}, result.ledger_retention_days);
  in.number("audit_retention_days", {1, 36'500}, result.audit_retention_days);
  in.refuse_unknown();
}

/// SCHEME://[USER:PASSWORD@]HOST[:PORT]
bool is_proxy(std::string_view text) {
  constexpr std::array<std::string_view, 4> schemes{"http://", "https://", "socks5://", "socks5h://"};
  const auto scheme = std::ranges::find_if(schemes, [&](auto x) { return text.starts_with(x); });
  if (scheme == schemes.end()) return false;
  text.remove_prefix(scheme->size());
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  return parse_base_url(fmt::format("http://{}", text)).has_value();
}

void read_http(toml_section& in, const fs::path& folder, bool open_to_others, http_config& result) {
  in.seconds("connect_timeout_s", {1, 3600}, result.connect_timeout);
  in.seconds("total_timeout_s", {1, 3600}, result.total_timeout);
  in.megabytes("max_body_mb", {1, 1024}, result.max_body);
  if (auto file = in.text("ca_file")) {
    result.ca_file = below(folder, *file);
    std::error_code error;
    if (!fs::is_regular_file(*result.ca_file, error))
      in.problem("ca_file", fmt::format("names {}, which is not there; correct the path or leave it out",
                                        result.ca_file->string()));
  }
  if (auto proxy = in.text("proxy")) {
    result.proxy = *proxy;
    if (!is_proxy(*proxy))
      in.problem("proxy", "is no proxy; write it as in http://host:3128 (or https, socks5, socks5h)");
    else if (open_to_others && proxy->contains('@'))
      in.problem("proxy",
                 "holds a password in a file that its group or others may use; run chmod 600 on this "
                 "file");
  }
  in.refuse_unknown();
}

void read_components(toml_section& in, std::map<std::string, log_level>& result) {
  for (auto name : log_components) {
    auto level = log_level::info;
    in.choice(name, log_levels, level);
    if (in.has(name)) result.emplace(name, level);
  }
  in.refuse_unknown();
}

/// A tenant that nobody has is a slip: its flag would stay off without a word.
void refuse_strangers(toml_section& root, const flag_defaults& features,
                      const std::vector<tenant_config>& tenants) {
  if (!features.config) return;
  std::vector<std::string_view> known;
  for (auto& tenant : tenants) known.push_back(tenant.id);
  for (auto& id : features.config->tenants) {
    if (std::ranges::find(known, id) != known.end()) continue;
    root.problem("features",
                 fmt::format("names the tenant {} in chunked_import_tenants, which is none of the "
                             "tenants below{}",
                             in_quotes(id), did_you_mean(nearest_names(id, known))));
  }
}

void read_log(toml_section& in, const fs::path& folder, log_config& result) {
  in.choice("level", log_levels, result.level);
  in.choice("format", log_formats, result.format);
  if (auto file = in.text("file")) result.file = below(folder, *file);
  in.megabytes("max_size_mb", {1, 102'400}, result.max_size);
  in.number("max_files", {1, 1000}, result.max_files);
  if (auto components = in.section("components")) read_components(*components, result.components);
  in.refuse_unknown();
}

void read_features(toml_section& in, flag_defaults& result) {
  flag_setting setting;
  auto enabled = in.boolean("chunked_import");
  setting.tenants = in.ids("chunked_import_tenants");
  if (!enabled && in.has("chunked_import_tenants") && !in.has("chunked_import"))
    in.missing("chunked_import", "write true or false; the list of tenants alone turns nothing on");
  setting.enabled = enabled.value_or(false);
  if (enabled) result.config = std::move(setting);
  in.refuse_unknown();
}

node_config read_config(toml_section& root, const fs::path& file, bool open_to_others,
                        const environment& env) {
  node_config result;
  result.file = file;
  const auto folder = file.parent_path();
  if (auto in = root.section("node"))
    read_node(*in, folder, result);
  else if (!root.has("node"))
    root.missing("node", "add a [node] section with name, data_dir and criteria");
  if (auto in = root.section("http")) read_http(*in, folder, open_to_others, result.http);
  if (auto in = root.section("log")) read_log(*in, folder, result.log);
  if (auto in = root.section("alerts")) read_alerts(*in, result.alerts);
  if (auto in = root.section("features")) read_features(*in, result.features);
  if (result.byte_budget < result.http.max_body)
    root.problem(
        "node",
        fmt::format(
            "has a byte_budget_mb of {}, less than one answer may have (http.max_body_mb, {}); raise it",
            result.byte_budget >> 20, result.http.max_body >> 20));
  if (result.http.connect_timeout > result.http.total_timeout)
    root.problem("http", "has a connect_timeout_s above its total_timeout_s; lower it");
  result.tenants = read_tenants(root, {folder, result.data_dir, open_to_others, env});
  refuse_strangers(root, result.features, result.tenants);
  root.refuse_unknown();
  return result;
}

} // namespace

std::string_view to_string(log_level level) noexcept { return name_of(log_levels, level); }

std::optional<log_level> log_level_from_string(std::string_view name) noexcept {
  return value_of(log_levels, name);
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

outcome<node_config> load_node_config(const fs::path& file, const environment& env) {
  std::error_code error;
  auto absolute = fs::absolute(file, error).lexically_normal();
  if (error)
    return fail(ec::bad_config, fmt::format("cannot find {}: {}", file.string(), error.message()),
                file.string());
  auto content = read_text_file(absolute, max_file_bytes);
  if (!content) return std::unexpected(content.error());
  problem_list problems{file.string()};
  auto table = read_toml(content->text, problems);
  wipe(content->text);
  if (!table) return std::unexpected(problems.to_failure());
  toml_section root{*table, "", problems};
  auto result = read_config(root, absolute, content->open_to_others, env);
  wipe_texts(*table);
  if (!problems.empty()) return std::unexpected(problems.to_failure());
  auto by_environment = flag_from_environment(env);
  if (!by_environment) return std::unexpected(by_environment.error());
  result.features.environment = std::move(*by_environment);
  return result;
}

} // namespace tidemark
