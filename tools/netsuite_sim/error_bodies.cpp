#include "tools/netsuite_sim/error_bodies.hpp"

#include "tools/netsuite_sim/hash.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidemark::netsuite_sim {

namespace {

using ordered_json = nlohmann::ordered_json;

constexpr std::string_view rfc9110 = "https://www.rfc-editor.org/rfc/rfc9110.html#section-";
constexpr std::string_view rfc2616 = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html";

struct location {
  std::string_view key;
  std::string_view value;
};

/// What clients send may stand in a detail, and need not be UTF-8.
std::string print(const ordered_json& body) {
  return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string envelope(int status, std::string type, std::string_view title, std::string_view detail,
                     std::string_view code, location where = {}) {
  auto details = ordered_json{{"detail", detail}};
  if (!where.key.empty()) details[std::string(where.key)] = where.value;
  details["o:errorCode"] = code;
  return print({{"type", std::move(type)},
                {"title", title},
                {"status", status},
                {"o:errorDetails", ordered_json::array({details})}});
}

error_reply bad_request(std::string_view detail, std::string_view code, location where = {}) {
  return {400, envelope(400, fmt::format("{}15.5.1", rfc9110), "Bad Request", detail, code, where)};
}

constexpr std::string_view maintenance_text =
    "The account you are trying to access is currently unavailable while we undergo our regularly scheduled "
    "maintenance.";

constexpr std::string_view unprocessed = "Invalid search query. Detailed unprocessed description follows. ";

} // namespace

error_reply search_error(std::string_view sentence) {
  return bad_request(fmt::format("{}Search error occurred: {}.", unprocessed, sentence), "INVALID_PARAMETER",
                     {"o:errorQueryParam", "q"});
}

error_reply invalid_search_type(std::string_view table) {
  return bad_request(fmt::format("{}Invalid search type: {}.", unprocessed, table), "INVALID_PARAMETER",
                     {"o:errorQueryParam", "q"});
}

error_reply invalid_parameter(std::string_view parameter, std::string_view detail) {
  return bad_request(detail, "INVALID_PARAMETER", {"o:errorQueryParam", parameter});
}

error_reply invalid_header(std::string_view header, std::string_view detail) {
  return bad_request(detail, "INVALID_HEADER", {"o:errorHeader", header});
}

error_reply invalid_language(std::string_view takes) {
  return invalid_header("Accept-Language",
                        fmt::format("Invalid language. REST web services currently only support the default "
                                    "company language. Provide the Accept-Language header with your "
                                    "default company language value '{}'.",
                                    takes));
}

error_reply invalid_content(std::string_view detail) { return bad_request(detail, "INVALID_CONTENT"); }

error_reply invalid_login() {
  return {
      401,
      envelope(
          401, fmt::format("{}#sec10.4.2", rfc2616), "Unauthorized",
          "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > "
          "Users/Roles > User Management > View Login Audit Trail.",
          "INVALID_LOGIN")};
}

error_reply insufficient_permission() {
  return {403,
          envelope(403, fmt::format("{}15.5.4", rfc9110), "Forbidden",
                   "Permission Violation: You need a higher permission level to access this information.",
                   "INSUFFICIENT_PERMISSION")};
}

error_reply not_found(std::string_view detail) {
  return {404, envelope(404, fmt::format("{}#sec10.4.5", rfc2616), "Not Found", detail, "NONEXISTENT_ID")};
}

error_reply method_not_allowed() {
  return {405, envelope(405, fmt::format("{}15.5.6", rfc9110), "Method Not Allowed",
                        "This method is not allowed on this resource.", "METHOD_NOT_ALLOWED")};
}

error_reply concurrency_limit_exceeded() {
  auto details = ordered_json{{"detail", "Concurrent request limit exceeded. Request blocked."},
                              {"o:errorCode", "CONCURRENCY_LIMIT_EXCEEDED"}};
  return {429, print({{"type", rfc2616},
                      {"title", "Bad Request"},
                      {"status", 429},
                      {"o:errorCode", "USER_ERROR"},
                      {"o:errorDetails", ordered_json::array({details})}})};
}

error_reply unexpected_error(unsigned long long chance) {
  std::string id;
  for (auto i = 0U; i < 20; ++i) id += static_cast<char>('a' + mix(chance, i) % 26);
  return {500, envelope(500, fmt::format("{}15.6.1", rfc9110), "Internal Server Error",
                        fmt::format("An unexpected error occurred. Error ID: {}", id), "UNEXPECTED_ERROR")};
}

error_reply unavailable(int status) {
  auto is_gateway = status == 502;
  return {status, envelope(status, fmt::format("{}15.6.{}", rfc9110, is_gateway ? 3 : 4),
                           is_gateway ? "Bad Gateway" : "Service Unavailable",
                           "The service is temporarily unavailable. Try again later.", "UNEXPECTED_ERROR")};
}

error_reply maintenance() {
  return {503, envelope(503, fmt::format("{}15.6.4", rfc9110), "Service Unavailable", maintenance_text,
                        "UNEXPECTED_ERROR")};
}

std::string html_error(int status) {
  return fmt::format(
      "<HTML><HEAD><TITLE>Error</TITLE></HEAD><BODY>\nAn error occurred while processing your request.<p>\n"
      "Reference&#32;&#35;{}&#46;1a2b3c4d\n</BODY></HTML>\n",
      status);
}

error_reply named_answer(std::string_view name, std::string_view table, unsigned long long chance) {
  // A column that nobody asks for.
  constexpr std::string_view column = "custentity_made_up";
  if (name == "unknown_column")
    return search_error(
        fmt::format("Unknown identifier '{0}'. Available identifiers are: {{{1}={1}}}", column, table));
  if (name == "unusable_column") return search_error(fmt::format("Field '{}' was not usable", column));
  if (name == "unknown_table") return invalid_search_type(table);
  if (name == "record_not_found") return search_error(fmt::format("Record '{}' was not found", table));
  if (name == "unsupported_search") return search_error("Invalid or unsupported search");
  if (name == "invalid_language") return invalid_language("zh");
  if (name == "role")
    return bad_request("Your current role does not have permission to perform this action.", "USER_ERROR");
  if (name == "invalid_request")
    return bad_request("The request could not be understood.", "INVALID_REQUEST");
  if (name == "invalid_login") return invalid_login();
  if (name == "insufficient_permission") return insufficient_permission();
  if (name == "forbidden_page") return {403, html_error(403)};
  if (name == "nonexistent_id") return not_found("Record does not exist.");
  if (name == "concurrency_limit_exceeded") return concurrency_limit_exceeded();
  if (name == "request_limit_exceeded")
    return bad_request("Request limit exceeded.", "SSS_REQUEST_LIMIT_EXCEEDED");
  if (name == "bad_gateway") return {502, html_error(502)};
  if (name == "unavailable") return unavailable(503);
  if (name == "gateway_timeout") return {504, html_error(504)};
  if (name == "maintenance") return maintenance();
  if (name == "maintenance_page")
    return {200, fmt::format("<html><body><p>{}</p></body></html>\n", maintenance_text)};
  return unexpected_error(chance);
}

std::string token_error(std::string_view error, std::string_view description) {
  auto body = ordered_json{{"error", error}};
  if (!description.empty()) body["error_description"] = description;
  return print(body);
}

} // namespace tidemark::netsuite_sim
