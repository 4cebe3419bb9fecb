/// The bodies with which NetSuite says no, to the letter.
#pragma once

#include <string>
#include <string_view>

namespace tidemark::netsuite_sim {

struct error_reply {
  int status;
  std::string body;
};

/// 400 INVALID_PARAMETER about the query; `sentence` follows "Search error occurred: " and needs no final
/// point.
error_reply search_error(std::string_view sentence);
/// 400 INVALID_PARAMETER, "Invalid search type: x."
error_reply invalid_search_type(std::string_view table);
/// 400 INVALID_PARAMETER about a parameter of the URL.
error_reply invalid_parameter(std::string_view parameter, std::string_view detail);
/// 400 INVALID_HEADER.
error_reply invalid_header(std::string_view header, std::string_view detail);
/// The same about Accept-Language; `takes` is the company's language.
error_reply invalid_language(std::string_view takes);
/// 400 INVALID_CONTENT.
error_reply invalid_content(std::string_view detail);
/// 401 INVALID_LOGIN.
error_reply invalid_login();
/// 403 INSUFFICIENT_PERMISSION.
error_reply insufficient_permission();
/// 404 NONEXISTENT_ID.
error_reply not_found(std::string_view detail);
/// 405 METHOD_NOT_ALLOWED.
error_reply method_not_allowed();
/// 429 CONCURRENCY_LIMIT_EXCEEDED.
error_reply concurrency_limit_exceeded();
/// 500 UNEXPECTED_ERROR; the id is twenty small letters made from `chance`.
error_reply unexpected_error(unsigned long long chance);
/// 502 and 503 in the same form.
error_reply unavailable(int status);
/// 503 with the maintenance text.
error_reply maintenance();
/// What an edge in front of the service says: HTML.
std::string html_error(int status);
/// {"error":...} of the token endpoint.
std::string token_error(std::string_view error, std::string_view description = {});

/// The names that `named_answer` knows, separated by '|'.
inline constexpr std::string_view named_answers =
    "unknown_column|unusable_column|unknown_table|record_not_found|unsupported_search|invalid_language|role|"
    "invalid_request|invalid_login|insufficient_permission|forbidden_page|nonexistent_id|concurrency_limit_"
    "exceeded|"
    "request_limit_exceeded|unexpected_error|bad_gateway|unavailable|gateway_timeout|maintenance|maintenance_"
    "page";
/// One of NetSuite's answers to a query of `table`, good or bad, by its name; `chance` makes its error id.
error_reply named_answer(std::string_view name, std::string_view table, unsigned long long chance);

} // namespace tidemark::netsuite_sim
