#include "fakes.hpp"

#include <algorithm>
#include <limits>
#include <regex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using json = nlohmann::json;

constexpr std::size_t parser_padding = 64;

std::optional<std::int64_t> number_matched(const std::string& sql, const char* pattern) {
  std::smatch found;
  if (!std::regex_search(sql, found, std::regex{pattern})) return std::nullopt;
  return std::stoll(found[1]);
}

std::string word_after(const std::string& sql, const char* pattern) {
  std::smatch found;
  return std::regex_search(sql, found, std::regex{pattern}) ? found[1].str() : std::string{};
}

json page(json items, bool has_more = false) {
  return {{"count", items.size()}, {"items", std::move(items)}, {"hasMore", has_more}};
}

using ids = std::vector<std::int64_t>;

json boundaries(const ids& rows, std::size_t stride, std::size_t most) {
  auto items = json::array();
  for (std::size_t n = 1; n <= rows.size(); ++n) {
    if (n % stride != 0 && n != rows.size()) continue;
    if (items.size() == most) return page(items, true);
    items.push_back({{"boundary", std::to_string(rows[n - 1])},
                     {"position", std::to_string(n)},
                     {"total", std::to_string(rows.size())}});
  }
  return page(items);
}

json count(const ids& rows) {
  json item{{"total", std::to_string(rows.size())}};
  if (!rows.empty()) item["last"] = std::to_string(rows.back());
  return page(json::array({item}));
}

json walk_step(const ids& rows, std::size_t offset) {
  auto items = json::array();
  if (offset < rows.size()) items.push_back({{"boundary", std::to_string(rows[offset])}});
  return page(items);
}

json buckets(const ids& rows, std::int64_t width) {
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> found; // count and sum
  for (auto id : rows) {
    auto& [number, keys] = found[id / width - (id % width < 0 ? 1 : 0)];
    ++number;
    keys += id;
  }
  auto items = json::array();
  for (auto& [bucket, sums] : found)
    items.push_back({{"bucket", std::to_string(bucket)},
                     {"total", std::to_string(sums.first)},
                     {"keys", std::to_string(sums.second)}});
  return page(items);
}

json records(const ids& rows) {
  auto items = json::array();
  for (auto id : rows) {
    if (items.size() == 1000) return page(items, true);
    items.push_back({{"id", std::to_string(id)}});
  }
  return page(items);
}

} // namespace

http_transport fake_engine::transport() {
  return {[this](http_request wanted, http_engine::closed on_closed) {
            seen.push_back(wanted);
            auto answer = rule ? rule(wanted) : std::nullopt;
            auto id = wanted.id;
            open.push_back({std::move(wanted), std::make_shared<http_engine::closed>(std::move(on_closed))});
            if (answer) close(id, *answer);
          },
          [this](transfer_id id) {
            cancelled.push_back(id);
            if (obeys_cancel) close(id, transport_error(transport_result::cancelled));
          },
          [this] { return http_engine_stats{.transfers = seen.size(), .in_flight = open.size()}; }};
}

void fake_engine::close(http_response response) { close(open.at(0).request.id, std::move(response)); }

void fake_engine::close(transfer_id id, http_response response) {
  auto found = std::ranges::find(open, id, [](auto& x) { return x.request.id; });
  if (found == open.end()) return;
  auto closing = std::move(*found);
  open.erase(found);
  response.id = id;
  (*closing.on_closed)(std::move(response));
}

void fake_engine::close_all(const http_response& response) {
  while (!open.empty()) close(response);
}

http_response answer_of(std::string body, long status) {
  http_response response;
  response.status = status;
  response.body = std::make_shared<std::string>(std::move(body));
  response.body->reserve(response.body->size() + parser_padding);
  response.duration = std::chrono::milliseconds{200};
  response.server_date = 1'772'359'200'000;
  return response;
}

http_response refusal() {
  return answer_of(
      R"({"title":"Too Many Requests","status":429,"o:errorDetails":)"
      R"([{"detail":"Concurrent request limit exceeded.","o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]})",
      429);
}

http_response transport_error(transport_result how) {
  http_response response;
  response.transport = how;
  response.transport_text = "https://demo.example";
  return response;
}

http_response page_of(const std::vector<std::int64_t>& rows, bool has_more) {
  auto items = json::array();
  for (auto id : rows) items.push_back({{"id", std::to_string(id)}});
  return answer_of(page(items, has_more).dump());
}

std::function<std::optional<http_response>(const http_request&)> fake_account::rule() {
  return [this](const http_request& request) { return std::optional{answer(request)}; };
}

http_response fake_account::answer(const http_request& request) {
  auto sql = sql_of(request);
  if (sql.empty()) return server_time;
  queries.push_back(sql);
  for (auto& stands_in_the_way : obstacles)
    if (auto response = stands_in_the_way(sql)) return *response;
  auto table = word_after(sql, R"(FROM (\w+) t)");
  auto after = number_matched(sql, R"(t\.\w+ > (-?\d+))").value_or(std::numeric_limits<std::int64_t>::min());
  auto up_to = number_matched(sql, R"(t\.\w+ <= (-?\d+))").value_or(std::numeric_limits<std::int64_t>::max());
  auto& all = tables[table];
  ids rows{all.upper_bound(after), all.upper_bound(std::max(after, up_to))};
  if (contains(sql, "AS position")) {
    numbered += rows.size();
    auto stride = static_cast<std::size_t>(*number_matched(sql, R"(MOD\(n, (\d+)\))"));
    return answer_of(boundaries(rows, stride, boundaries_per_page).dump());
  }
  if (contains(sql, "AS bucket"))
    return answer_of(buckets(rows, *number_matched(sql, R"(/ (\d+)\))")).dump());
  if (contains(sql, "COUNT(*)")) return answer_of(count(rows).dump());
  if (contains(sql, "AS boundary")) {
    auto offset = number_matched(request.url, R"(offset=(\d+))").value_or(0);
    return answer_of(walk_step(rows, static_cast<std::size_t>(offset)).dump());
  }
  return answer_of(records(rows).dump());
}

std::string sql_of(const http_request& request) {
  if (request.method != "POST") return {};
  return json::parse(request.body).at("q").get<std::string>();
}

std::string table_of_page(const http_request& request) {
  auto sql = sql_of(request);
  if (contains(sql, "COUNT(*)") || contains(sql, "AS boundary")) return {};
  return word_after(sql, R"(FROM (\w+) t)");
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace tidemark
