#include "error_samples.hpp"

#include <nlohmann/json.hpp>

namespace tidemark::test {

namespace {

const std::string search =
    "Invalid search query. Detailed unprocessed description follows. Search error occurred: ";
const std::string maintenance =
    "The account you are trying to access is currently unavailable while we undergo our "
    "regularly scheduled maintenance.";

error_sample query_error(std::string name, const std::string& detail, ec code, std::string subject = {}) {
  return {std::move(name), 400, error_envelope(400, detail, "INVALID_PARAMETER"), code, std::move(subject)};
}

error_sample service_error(std::string name, long status, const std::string& detail,
                           const std::string& error_code, ec code, std::string subject = {}) {
  return {std::move(name), status, error_envelope(status, detail, error_code), code, std::move(subject)};
}

} // namespace

std::string error_envelope(long status, const std::string& detail, const std::string& code) {
  const nlohmann::json envelope{
      {"type", "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1"},
      {"title", "Bad Request"},
      {"status", status},
      {"o:errorDetails", {{{"detail", detail}, {"o:errorQueryParam", "q"}, {"o:errorCode", code}}}}};
  return envelope.dump();
}

const std::vector<error_sample>& error_samples() {
  static const std::vector<error_sample> samples{
      query_error(
          "unknown column",
          search + "Unknown identifier 'subsidiary'. Available identifiers are: {transaction=transaction}.",
          ec::unknown_column, "subsidiary"),
      query_error(
          "unknown column, other case",
          search + "unknown Identifier 'Not_Existing_Field'. Available identifiers are: {customer=customer}",
          ec::unknown_column, "not_existing_field"),
      query_error("unknown column with alias", search + "Unknown identifier 't.balance'.", ec::unknown_column,
                  "balance"),
      query_error("column not on this channel",
                  search + "Field 'foreigntotal' for record 'transaction' was not found.", ec::unknown_column,
                  "foreigntotal"),
      query_error("table without feature or permission", search + "Record 'currency' was not found.",
                  ec::missing_table, "currency"),
      query_error("table unknown",
                  "Invalid search query. Detailed unprocessed description follows. Invalid search type: "
                  "transactiontablethatdoesnotexist.",
                  ec::missing_table, "transactiontablethatdoesnotexist"),
      query_error("query not supported", search + "Invalid or unsupported search.", ec::unsupported_query),
      query_error("query that holds words of an outage",
                  search + "Something else in: t.name <> 'Scheduled maintenance'", ec::rejected),
      query_error("query that holds words of a login", search + "Near 'invalid login attempt'.",
                  ec::rejected),
      query_error("query that holds words of a refusal", search + "Near 'Concurrent request limit exceeded'.",
                  ec::rejected),
      query_error("query that holds words about the role",
                  search + "Too complex: t.name <> 'your current role does not have permission'.",
                  ec::rejected),
      query_error("query that holds words about a table",
                  search + "Too complex: t.name <> 'Invalid search type: x'.", ec::rejected),
      query_error("query that holds words about a record",
                  search + "Too complex: t.name <> 'Record 'x' was not found'.", ec::rejected),
      query_error("query that holds words about a column",
                  search + "Too complex: t.name <> 'Unknown identifier 'memo''.", ec::rejected),
      query_error("query that holds words about queries",
                  search + "Too complex: t.name <> 'Invalid or unsupported search'.", ec::rejected),
      service_error("words about the role under another code", 400,
                    "Your current role does not have permission to perform this action.", "INVALID_PARAMETER",
                    ec::rejected),
      query_error("query wrong in another way", search + "Something else.", ec::rejected),
      service_error(
          "language", 400,
          "Invalid language. REST web services currently only support the default company language… Provide "
          "the Accept-Language header with your default company language value 'zh'.",
          "INVALID_HEADER", ec::wrong_language, "zh"),
      service_error("language, and none is named", 400, "Invalid Accept-Language header.", "INVALID_HEADER",
                    ec::wrong_language),
      service_error("language that would break a header", 400,
                    "Invalid Accept-Language header. Provide the value 'x\r\ny'.", "INVALID_HEADER",
                    ec::wrong_language),
      service_error("another header", 400, "The required request header 'Prefer' is missing.",
                    "INVALID_HEADER", ec::rejected),
      service_error("role without permission", 400,
                    "Your current role does not have permission to perform this action.", "USER_ERROR",
                    ec::permission),
      service_error(
          "locked record", 400,
          "Error while accessing a resource. This record has been locked by a user defined workflow.",
          "USER_ERROR", ec::rejected),
      service_error(
          "login", 401,
          "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > "
          "Users/Roles > User Management > View Login Audit Trail.",
          "INVALID_LOGIN", ec::authentication),
      service_error("login, older code", 400, "Invalid login attempt.", "INVALID_LOGIN_ATTEMPT",
                    ec::authentication),
      {"login without body", 401, "", ec::authentication},
      service_error("permission", 403, "You do not have access.", "INSUFFICIENT_PERMISSION", ec::permission),
      {"forbidden without body", 403, "", ec::server},
      {"forbidden by an edge, in JSON", 403,
       R"({"error":{"code":"AccessDenied","message":"Request blocked by policy"}})", ec::server},
      {"forbidden by an edge, with a code that looks like NetSuite's", 403,
       R"({"error":{"code":"INSUFFICIENT_PERMISSION","message":"Forbidden"}})", ec::server},
      service_error("forbidden for another reason", 403, "x", "USER_ERROR", ec::server),
      {"forbidden by an edge", 403, "<html><body>Access denied. You don't have permission.</body></html>",
       ec::server},
      service_error("record gone", 404, "Record does not exist.", "NONEXISTENT_ID", ec::rejected),
      {"record type unknown", 404,
       error_envelope(404, "Record type 'bad-path' does not exist", "NONEXISTENT_ID"), ec::missing_table,
       "bad-path"},
      {"concurrency", 429,
       R"({"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html","title":"Bad Request","status":429,)"
       R"("o:errorCode":"USER_ERROR","o:errorDetails":[{"detail":"Concurrent request limit exceeded. Request blocked.",)"
       R"("o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]})",
       ec::refused},
      {"concurrency without body", 429, "", ec::refused},
      {"concurrency as a page", 429, "<html><body>Too many requests</body></html>", ec::refused},
      service_error("concurrency under another status", 400, "Blocked.", "CONCURRENCY_LIMIT_EXCEEDED",
                    ec::refused),
      {"concurrency of a RESTlet", 400,
       R"({"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"Request limit exceeded"}})", ec::refused},
      {"concurrency of SOAP", 500, "<faultcode>WS_REQUEST_BLOCKED</faultcode>", ec::refused},
      service_error("concurrency of SOAP sessions", 403, "Only one request.", "WS_CONCUR_SESSION_DISALLWD",
                    ec::refused),
      {"concurrency as a fault", 500, "<fault>ExceededConcurrentRequestLimitFault</fault>", ec::refused},
      service_error("unexpected", 500, "An unexpected error occurred. Error ID: jrgbpyylphhishmmlxyt",
                    "UNEXPECTED_ERROR", ec::server),
      {"gateway page", 502,
       "<html><head><title>502 Bad Gateway</title></head><body>Reference&#32;#18</body></html>", ec::server},
      {"nothing at all", 503, "", ec::server},
      {"gateway timeout", 504, "upstream request timeout", ec::server},
      {"maintenance", 503, "<html><body><p>" + maintenance + "</p></body></html>", ec::maintenance},
      {"maintenance that claims to be fine", 200, "<!DOCTYPE html>\n<p>" + maintenance + "</p>",
       ec::maintenance},
      {"maintenance as a redirect", 302, maintenance, ec::maintenance},
      service_error("maintenance as an error", 500, maintenance, "UNEXPECTED_ERROR", ec::maintenance),
      {"redirect", 302, "", ec::server},
      {"page that claims to be fine", 200, "<html><body>Welcome</body></html>", ec::server},
      {"empty and claims to be fine", 200, "", ec::server},
      {"request timeout", 408, "", ec::timeout},
      {"too large a request", 413, "", ec::rejected},
      {"idempotency", 400, error_envelope(400, "Conflict", "IDEMPOTENCY_ERROR"), ec::rejected},
      {"JSON of another shape", 400, R"({"o:errorDetails":{"detail":7},"o:errorCode":null,"title":["x"]})",
       ec::rejected},
      {"broken JSON", 400, R"({"o:errorDetails":[{"detail":"Unknown identifier 'memo'. Avail)",
       ec::unknown_column, "memo"},
  };
  return samples;
}

} // namespace tidemark::test
