#include "netsuite/requests.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/ascii.hpp"
#include "netsuite/classify.hpp"
#include "netsuite/excerpt.hpp"
#include "netsuite/value_forms.hpp"

namespace tidemark {

namespace {

using json = nlohmann::json;

/// The JSON object that a service answered, or why there is none.
outcome<json> object_of(const http_response& response, std::string_view service) {
  if (auto verdict = classify(response); !verdict) return std::unexpected(std::move(verdict.error()));
  auto answer = json::parse(*response.body, nullptr, false);
  if (!answer.is_object())
    return fail(ec::server,
                fmt::format("{} answered something unexpected: {}", service, excerpt(*response.body)));
  return answer;
}

std::optional<std::uint32_t> count_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  const auto value = found->get<std::int64_t>();
  if (value < 0 || value > 100'000) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

} // namespace

http_request make_query_request(std::string_view base_url, std::string_view sql, std::uint32_t limit,
                                std::uint32_t offset) {
  http_request request;
  request.method = "POST";
  request.url = fmt::format("{}/services/rest/query/v1/suiteql?limit={}", base_url, limit);
  if (offset != 0) request.url += fmt::format("&offset={}", offset);
  request.headers = {"Prefer: transient", "Content-Type: application/json", "Accept: application/json"};
  request.body = json{{"q", sql}}.dump(-1, ' ', false, json::error_handler_t::replace);
  return request;
}

bool is_behind_last_row(const http_request& request, const http_response& response, const failure& what) {
  if (response.status != 404 || lower_case(what.native_code) != "nonexistent_id") return false;
  const auto number = [&](std::string_view label) {
    std::uint32_t value = 0;
    const auto at = request.url.find(label);
    if (at == std::string::npos) return value;
    const auto* digits = request.url.data() + at + label.size();
    std::from_chars(digits, request.url.data() + request.url.size(), value);
    return value;
  };
  const auto offset = number("&offset=");
  return offset != 0 && offset + number("?limit=") <= most_paged_rows;
}

http_response make_empty_page(http_response answer) {
  answer.status = 200;
  answer.body = std::make_shared<std::string>(
      R"({"links":[],"count":0,"hasMore":false,"items":[],"offset":0,"totalResults":0})");
  return answer;
}

http_request make_server_time_request(std::string_view base_url) {
  http_request request;
  request.url = fmt::format("{}/services/rest/system/v1/serverTime", base_url);
  request.headers = {"Accept: application/json"};
  return request;
}

outcome<unix_ms> parse_server_time(const http_response& response) {
  const auto answer = object_of(response, "serverTime");
  if (!answer) return std::unexpected(answer.error());
  const auto found = answer->find("serverTime");
  if (found == answer->end() || !found->is_string())
    return fail(ec::server, "the answer of serverTime holds no time");
  const auto& text = found->get_ref<const std::string&>();
  if (const auto time = parse_utc(text)) return *time;
  return fail(ec::server, fmt::format("serverTime is not a time in UTC: {}", excerpt(text, 60)));
}

http_request make_governance_request(std::string_view base_url) {
  http_request request;
  request.url = fmt::format("{}/services/rest/system/v1/governanceLimits", base_url);
  request.headers = {"Accept: application/json"};
  return request;
}

outcome<governance_limits> parse_governance(const http_response& response) {
  const auto answer = object_of(response, "governanceLimits");
  if (!answer) return std::unexpected(answer.error());
  const auto account = count_of(*answer, "accountConcurrencyLimit");
  if (!account) return fail(ec::server, "the answer of governanceLimits holds no accountConcurrencyLimit");
  return governance_limits{*account,
                           count_of(*answer, "accountUnallocatedConcurrencyLimit").value_or(*account),
                           count_of(*answer, "integrationConcurrencyLimit")};
}

} // namespace tidemark
