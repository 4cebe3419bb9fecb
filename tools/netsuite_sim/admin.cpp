/// The half of `simulator` that tests and demos steer it with. Never counted, never refused.
#include "tools/netsuite_sim/mutations.hpp"
#include "tools/netsuite_sim/simulator.hpp"
#include "tools/netsuite_sim/truth.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tidemark::netsuite_sim {

namespace {

using json = nlohmann::json;

constexpr auto mutation_tick = std::chrono::milliseconds(50);

json error_answer(const failure& why, int& status) {
  status = why.code == ec::store_unavailable ? 500 : 400;
  return {{"error", why.message}};
}

} // namespace

http_reply simulator::administer(const http_request& request) {
  auto status = 200;
  auto answer = admin_answer(request, parse_target(request.target), status);
  http_reply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body =
      std::make_shared<const std::string>(answer.dump(-1, ' ', false, json::error_handler_t::replace));
  return reply;
}

json simulator::admin_answer(const http_request& request, const http_target& target, int& status) {
  auto is_post = request.method == "POST";
  auto body = is_post && !request.body.empty() ? json::parse(request.body, nullptr, false) : json::object();
  if (body.is_discarded()) return error_answer({ec::bad_request, "the request body is not JSON"}, status);
  const auto path = target.path.substr(std::string_view("/admin/").size());
  if (path == "knobs") {
    if (is_post)
      if (auto changed = change_knobs(body); !changed) return error_answer(changed.error(), status);
    return to_json(knobs_);
  }
  if (path == "stats" && !is_post) return stats_.to_json(now());
  if (path == "stats/reset" && is_post) {
    stats_.reset(now());
    return json::object();
  }
  if (path == "requests" && !is_post) {
    auto since = target.find("since").value_or("0");
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(since.data(), since.data() + since.size(), number);
    if (error != std::errc() || end != since.data() + since.size())
      return error_answer({ec::bad_request, "'since' is the number of a request"}, status);
    return stats_.requests(number);
  }
  if (path == "data" && is_post) {
    if (!body.is_array()) return error_answer({ec::bad_request, "the body is a list of operations"}, status);
    auto results = json::array();
    for (const auto& operation : body) {
      auto applied = apply_operation(world_, operation, server_ms() / 1000);
      if (!applied)
        return error_answer(
            {applied.error().code, fmt::format("operation {}: {}", results.size(), applied.error().message)},
            status);
      results.push_back(std::move(*applied));
    }
    return results;
  }
  if (path == "token/revoke" && is_post) return {{"revoked", oauth2_.revoke_all()}};
  if (path == "login/unlock" && is_post) {
    tba_.unlock();
    return json::object();
  }
  if (path == "export" && is_post) {
    if (!body.contains("path") || !body["path"].is_string())
      return error_answer({ec::bad_request, "'path' names the file to write"}, status);
    std::vector<std::string> tables;
    for (const auto& name : body.value("tables", json::array()))
      if (name.is_string()) tables.push_back(name.get<std::string>());
    auto written = export_truth(world_, body["path"].get<std::string>(), tables);
    return written ? json(*written) : error_answer(written.error(), status);
  }
  if (path == "tables" && !is_post) {
    auto result = json::object();
    for (const auto& t : world_.tables()) {
      auto columns = json::object();
      for (const auto& c : t.columns) columns[c.name] = to_string(c.kind);
      result[t.name] = {{"rows", world_.count(t, {})},
                        {"key", t.key_columns()},
                        {"change_column", t.change_column},
                        {"columns", columns}};
    }
    return result;
  }
  status = 404;
  return {{"error", fmt::format("there is no {} {}", request.method, target.path)}};
}

outcome<void> simulator::change_knobs(const json& object) {
  auto changed = knobs_;
  if (auto merged = merge_knobs(changed, object); !merged) return merged;
  if (auto checked = check_names(changed, world_); !checked) return checked;
  auto reach = reach_of_change(knobs_, changed);
  knobs_ = std::move(changed);
  if (reach == knob_reach::data) world_.reconfigure(options_of(knobs_));
  if (reach != knob_reach::request) suiteql_.reload();
  if (object.contains("fault_first_requests")) faults_.rearm(knobs_.fault_first_requests);
  if (object.contains("maintenance_ms")) maintenance_until_ms_ = steady() + knobs_.maintenance_ms;
  return {};
}

void simulator::start() {
  outside_.after(mutation_tick, [this] { mutate(); });
}

void simulator::mutate() {
  const auto* t = world_.find_table(knobs_.mutation_table);
  mutations_due_ += knobs_.mutations_per_s * std::chrono::duration<double>(mutation_tick).count();
  for (; mutations_due_ >= 1; mutations_due_ -= 1)
    if (t != nullptr) mutate_at_random(world_, *t, dice_.roll(), server_ms() / 1000);
  start();
}

} // namespace tidemark::netsuite_sim
