#include "netsuite/oauth2.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "netsuite/classify.hpp"
#include "netsuite/encoding.hpp"
#include "netsuite/excerpt.hpp"

namespace tidemark {

namespace {

using json = nlohmann::json;

// NetSuite allows an hour; a short life makes a stolen assertion worthless.
constexpr std::int64_t assertion_seconds = 300;
constexpr std::int64_t longest_life_seconds = 24 * 3600;

std::string as_text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// The documentation prints the seconds as a number and as text.
std::optional<std::int64_t> as_seconds(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (found->is_number()) {
    const auto value = found->get<double>();
    if (!(value > 0) || value > static_cast<double>(longest_life_seconds)) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  const auto text = as_text(object, name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value <= 0 || value > longest_life_seconds) return std::nullopt;
  return value;
}

/// The endpoint speaks of itself in another form than the other services: {"error": "invalid_grant"}.
std::optional<failure> refusal_of(const json& answer) {
  const auto error = as_text(answer, "error");
  if (error.empty()) return std::nullopt;
  const auto description = as_text(answer, "error_description");
  return failure{ec::authentication,
                 fmt::format("authentication failed: the token request was refused ({}{}{}); check client "
                             "id, certificate id, private key "
                             "and the certificate's mapping in NetSuite",
                             excerpt(error, 60), description.empty() ? "" : ": ", excerpt(description)),
                 {}};
}

} // namespace

std::string token_url(std::string_view base_url) {
  return fmt::format("{}/services/rest/auth/oauth2/v1/token", base_url);
}

outcome<std::string> make_client_assertion(const signing_key& key, std::string_view certificate_id,
                                           std::string_view client_id, std::string_view url, unix_ms now) {
  const auto issued = now / 1000;
  const json header{{"typ", "JWT"}, {"alg", to_string(key.algorithm())}, {"kid", certificate_id}};
  const json payload{{"iss", client_id},
                     {"scope", "rest_webservices"},
                     {"aud", url},
                     {"iat", issued},
                     {"exp", issued + assertion_seconds}};
  constexpr auto lenient = json::error_handler_t::replace;
  auto text = base64url(header.dump(-1, ' ', false, lenient)) + '.'
              + base64url(payload.dump(-1, ' ', false, lenient));
  const auto signature = key.sign(text);
  if (!signature) return std::unexpected(signature.error());
  return text + '.' + base64url(*signature);
}

http_request make_token_request(std::string_view url, std::string_view assertion) {
  http_request request;
  request.method = "POST";
  request.url = url;
  request.headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"};
  request.body =
      fmt::format("grant_type=client_credentials"
                  "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                  "&client_assertion={}",
                  percent_encode(assertion));
  return request;
}

outcome<access_token> parse_token_response(const http_response& response, unix_ms now) {
  const auto verdict = classify(response);
  if (response.transport != transport_result::ok || !response.body) return std::unexpected(verdict.error());
  const auto answer = json::parse(*response.body, nullptr, false);
  const bool refused = response.status >= 400 && response.status < 500 && response.status != 429;
  if (refused && answer.is_object())
    if (auto refusal = refusal_of(answer)) return std::unexpected(std::move(*refusal));
  if (!verdict) return std::unexpected(verdict.error());
  if (!answer.is_object())
    return fail(ec::server, fmt::format("the token endpoint answered something that is no token: {}",
                                        excerpt(*response.body)));
  auto value = as_text(answer, "access_token");
  const auto seconds = as_seconds(answer, "expires_in");
  const bool sendable = value.find_first_of("\r\n") == std::string::npos;
  if (value.empty() || !seconds || !sendable)
    return fail(ec::server, "the token endpoint's answer lacks a usable access_token or expires_in");
  return access_token{secret{std::move(value)}, now + *seconds * 1000};
}

} // namespace tidemark
