#include "netsuite/classify.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "messages/ascii.hpp"
#include "netsuite/error_body.hpp"
#include "netsuite/excerpt.hpp"
#include "netsuite/unpack.hpp"

namespace tidemark {

namespace {

constexpr std::size_t longest_text = 500;

// White space and a byte order mark may stand before the data, but not more of it than this.
constexpr std::string_view blank = " \t\r\n\xEF\xBB\xBF";
constexpr std::size_t longest_blank = 256;

// NetSuite says these before what it has to say.
constexpr std::array<std::string_view, 4> openings{
    "invalid search query. ", "detailed unprocessed description follows. ",
    "search error occurred: ", "error while accessing a resource. "};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// An answer with an error status, in the forms in which the rules look at it.
struct answer {
  long status = 0;
  std::string text;                    ///< NetSuite's own words, fit for a message
  std::string folded;                  ///< the same in lower case
  std::vector<std::string> codes;      ///< lower-case
  std::size_t own_codes = 0;           ///< so many of them, the first ones, are NetSuite's own
  std::vector<std::string> complaints; ///< each detail in lower case, without what all of them begin with
  std::string token_error;             ///< of the token endpoint
  std::string native_code;             ///< the first of them as NetSuite wrote it, or the status

  [[nodiscard]] bool says(std::string_view part) const { return folded.find(part) != std::string::npos; }
  /// Words tell the kind of a failure only where no code does: NetSuite's complaints about a query quote it,
  /// and a query may hold any words. Nothing of it is in an answer of the 500s or in the page of a gateway.
  [[nodiscard]] bool tells(std::string_view part) const {
    return (codes.empty() || status >= 500) && says(part);
  }
  /// A complaint that begins so. What comes later may be our query, except where there is no code to go by.
  [[nodiscard]] bool complains(std::string_view start) const {
    return std::ranges::any_of(complaints, [&](const auto& x) { return x.starts_with(start); })
           || (codes.empty() && says(start));
  }
  [[nodiscard]] bool has_own_code(std::string_view code) const {
    return std::ranges::find(codes.begin(), codes.begin() + static_cast<std::ptrdiff_t>(own_codes), code)
           != codes.begin() + static_cast<std::ptrdiff_t>(own_codes);
  }
  [[nodiscard]] bool has_code(std::string_view code) const {
    return std::ranges::find(codes, code) != codes.end();
  }
  [[nodiscard]] bool has_code_like(std::string_view start) const {
    return std::ranges::any_of(codes, [&](const auto& code) { return code.starts_with(start); });
  }

  /// "400 invalid_parameter: Invalid search query. ..."
  [[nodiscard]] std::string quoted() const {
    // The token endpoint has reasons (invalid_grant) where the other services have codes.
    const auto reason = codes.empty() ? token_error : codes.front();
    return fmt::format("{}{}{}: {}", status, reason.empty() ? "" : " ", excerpt(reason, 60),
                       text.empty() ? "no further text" : text);
  }
};

std::string complaint_of(std::string_view detail) {
  const auto folded = lower_case(excerpt(detail, longest_text));
  std::string_view rest = folded;
  const auto is_opening = [&](auto opening) { return rest.starts_with(opening); };
  for (auto found = std::ranges::find_if(openings, is_opening); found != openings.end();
       found = std::ranges::find_if(openings, is_opening))
    rest.remove_prefix(found->size());
  return std::string{rest};
}

answer read(const http_response& response) {
  const auto body = read_error_body(*response.body);
  answer out;
  out.status = response.status;
  out.text = excerpt(body.text, longest_text);
  out.folded = lower_case(out.text);
  for (const auto& code : body.codes) out.codes.push_back(lower_case(code));
  out.own_codes = body.own_codes;
  for (const auto& detail : body.details) out.complaints.push_back(complaint_of(detail));
  if (body.details.empty()) out.complaints.push_back(complaint_of(body.text));
  out.token_error = body.token_error;
  out.native_code = body.codes.empty() ? std::to_string(response.status) : excerpt(body.codes.front(), 60);
  return out;
}

/// Nothing that could end a header: it goes into one.
bool is_language_tag(std::string_view text) {
  return !text.empty() && text.size() <= 35
         && std::ranges::all_of(text, [](char c) { return is_word(c) || c == '-'; });
}

/// The name at the start of `text`, in quotes or bare, without the alias of our queries.
std::string_view leading_name(std::string_view text) {
  const char quote = text.empty() ? ' ' : text.front();
  if (quote == '\'' || quote == '"') {
    text.remove_prefix(1);
    // An excerpt may have lost the closing quote.
    if (const auto end = text.find(quote); end != std::string_view::npos) text = text.substr(0, end);
  }
  if (text.starts_with("t.")) text.remove_prefix(2);
  const auto length =
      std::ranges::find_if_not(text, [](char c) { return is_word(c) || c == '-'; }) - text.begin();
  return text.substr(0, static_cast<std::size_t>(length));
}

enum class naming : std::uint8_t { quoted, any };

/// The name that follows `label`, lower-case.
std::optional<std::string> name_after(const std::string& folded, std::string_view label, naming how) {
  for (auto at = folded.find(label); at != std::string::npos; at = folded.find(label, at + 1)) {
    if (at > 0 && is_word(folded[at - 1])) continue;
    const auto rest = std::string_view{folded}.substr(at + label.size());
    const bool is_quoted = rest.starts_with('\'') || rest.starts_with('"');
    if (how == naming::quoted && !is_quoted) continue;
    if (const auto name = leading_name(rest); !name.empty()) return std::string{name};
  }
  return std::nullopt;
}

bool is_maintenance(const answer& x) {
  constexpr std::array<std::string_view, 4> texts{"scheduled maintenance", "down for maintenance",
                                                  "unavailable while we undergo", "undergoing maintenance"};
  return std::ranges::any_of(texts, [&](auto text) { return x.tells(text); });
}

bool is_refusal(const answer& x) {
  return x.status == 429 || x.has_code("concurrency_limit_exceeded")
         || x.has_code("sss_request_limit_exceeded") || x.has_code_like("ws_")
         || x.has_code("exceededconcurrentrequestlimitfault") || x.tells("concurrent request limit exceeded")
         || x.tells("exceededconcurrentrequestlimitfault") || x.tells("ws_request_blocked")
         || x.tells("ws_concur_session_disallwd");
}

/// The token endpoint's ways to refuse a login: RFC 6749, section 5.2.
bool is_token_refusal(const answer& x) {
  constexpr std::array<std::string_view, 6> errors{"invalid_request", "invalid_client",
                                                   "invalid_grant",   "unauthorized_client",
                                                   "invalid_scope",   "unsupported_grant_type"};
  return x.status == 400 && std::ranges::find(errors, x.token_error) != errors.end();
}

bool is_authentication(const answer& x) {
  return x.status == 401 || x.has_code_like("invalid_login") || x.tells("invalid login attempt")
         || is_token_refusal(x);
}

/// Only by NetSuite's own code, or the sentence of its own: a 403 may come from whatever stands in front of
/// the account, too, and then it says nothing about the role.
bool is_permission(const answer& x) {
  constexpr std::string_view role_lacks = "your current role does not have permission";
  return x.has_own_code("insufficient_permission") || x.has_own_code("permission_violation")
         || (x.has_own_code("user_error") ? x.complains(role_lacks) : x.tells(role_lacks));
}

/// The name that a complaint begins with, behind `label`. `ends`: words that have to follow, if any.
std::optional<std::string> named_by(const answer& x, std::string_view label, naming how,
                                    std::string_view ends = {}) {
  for (const auto& complaint : x.complaints)
    if (complaint.starts_with(label) && complaint.find(ends) != std::string::npos)
      if (auto name = name_after(complaint, label, how)) return name;
  if (!x.codes.empty() || !x.says(ends)) return std::nullopt;
  return name_after(x.folded, label, how);
}

/// Complaints about the text of a query.
std::optional<failure> query_fault(const answer& x) {
  for (const auto* label : {"unknown identifier ", "field "}) {
    if (auto column = named_by(x, label, naming::quoted))
      return failure{ec::unknown_column,
                     fmt::format("column '{}' is not available in this account ({})", *column, x.quoted()),
                     *column};
  }
  auto table = named_by(x, "invalid search type: ", naming::any);
  if (!table) table = named_by(x, "record ", naming::quoted, "was not found");
  if (!table) table = named_by(x, "record type ", naming::quoted, "does not exist");
  if (table)
    return failure{
        ec::missing_table,
        fmt::format("table '{}' is not available: its feature is off or the role may not see it ({})", *table,
                    x.quoted()),
        *table};
  if (x.complains("invalid or unsupported search"))
    return failure{
        ec::unsupported_query, fmt::format("the account does not support this query ({})", x.quoted()), {}};
  return std::nullopt;
}

/// NetSuite takes requests in the company's own language alone, and names it in quotes (airbyte#34137).
std::optional<failure> language_fault(const answer& x) {
  if (!x.has_code("invalid_header") || !x.says("accept-language")) return std::nullopt;
  std::string takes;
  constexpr std::string_view label = "value '";
  if (const auto at = x.folded.rfind(label); at != std::string::npos) {
    const auto rest = std::string_view{x.text}.substr(at + label.size());
    takes = rest.substr(0, rest.find('\''));
    if (!is_language_tag(takes)) takes.clear();
  }
  return failure{
      ec::wrong_language,
      fmt::format("the account does not take requests in this language; set accept_language to the "
                  "company's ({})",
                  x.quoted()),
      std::move(takes)};
}

failure fault_of_status(const answer& x) {
  if (is_maintenance(x))
    return {ec::maintenance, fmt::format("the account is down for maintenance ({})", x.quoted()), {}};
  if (is_refusal(x))
    return {ec::refused, fmt::format("over the account's concurrency limit ({})", x.quoted()), {}};
  if (is_authentication(x))
    return {ec::authentication, fmt::format("authentication failed: {}", x.quoted()), {}};
  if (is_permission(x))
    return {ec::permission,
            fmt::format("the role lacks a permission; grant it in NetSuite ({})", x.quoted()),
            {}};
  if (x.status == 408 || x.has_code("sss_request_time_exceeded") || x.has_code("sss_time_limit_exceeded"))
    return {ec::timeout, fmt::format("NetSuite gave up on the request in time ({})", x.quoted()), {}};
  if (x.status == 403)
    return {ec::server,
            fmt::format("something in front of the account forbids the request: NetSuite's own code for a "
                        "missing permission is not in it ({})",
                        x.quoted()),
            {}};
  if (x.status >= 400 && x.status < 500) {
    if (auto fault = language_fault(x)) return std::move(*fault);
    if (auto fault = query_fault(x)) return std::move(*fault);
    return {ec::rejected, fmt::format("NetSuite rejected the request ({})", x.quoted()), {}};
  }
  if (x.status >= 300 && x.status < 400)
    return {
        ec::server, fmt::format("NetSuite redirected the request; check the base url ({})", x.quoted()), {}};
  return {ec::server, fmt::format("NetSuite failed on its side ({})", x.quoted()), {}};
}

/// The failure of an answer, with NetSuite's code.
failure coded(failure what, const answer& x) {
  what.native_code = x.native_code;
  return what;
}

failure fault_of_transport(const http_response& response) {
  const auto text = excerpt(response.transport_text, longest_text);
  switch (response.transport) {
  case transport_result::cancelled:
    return {ec::cancelled, fmt::format("the transfer was cancelled ({})", text), {}};
  case transport_result::timeout:
    return {ec::timeout, fmt::format("no whole answer in time from {}", text), {}};
  case transport_result::lost:
    return {ec::connection_lost, fmt::format("a kept connection was dead to {}", text), {}};
  case transport_result::unreachable: return {ec::transport, fmt::format("cannot connect to {}", text), {}};
  case transport_result::body_too_large:
    return {ec::body_too_large, fmt::format("answer refused from {}", text), {}};
  case transport_result::tls:
    return {ec::transport,
            fmt::format("no trusted connection to {}; check the host's certificate and http.ca_file", text),
            {}};
  default: return {ec::transport, fmt::format("the connection broke to {}", text), {}};
  }
}

} // namespace

bool looks_like_data(const http_response& response) {
  if (response.transport != transport_result::ok || !response.body) return false;
  if (response.status < 200 || response.status >= 300) return false;
  const auto start = unpacked_start(response, longest_blank);
  const auto first = start.find_first_not_of(blank);
  return first != std::string::npos && (start[first] == '{' || start[first] == '[');
}

outcome<void> classify(const http_response& response) {
  if (response.transport != transport_result::ok) return std::unexpected(fault_of_transport(response));
  if (!response.body) return fail(ec::internal, "the response has no body object");
  if (response.status < 200 || response.status >= 300) {
    const auto said = read(response);
    return std::unexpected(coded(fault_of_status(said), said));
  }
  if (response.status == 204 || looks_like_data(response)) return {};
  if (response.body->find_first_not_of(blank) == std::string::npos)
    return fail(ec::server, "NetSuite answered nothing at all");
  // A gateway's page, or the one that stands for an account in maintenance.
  const auto page = read(response);
  if (is_maintenance(page)) return std::unexpected(fault_of_status(page));
  return fail(ec::server, fmt::format("NetSuite answered something that is not data ({})", page.quoted()));
}

bool is_transient(ec code) noexcept {
  switch (code) {
  case ec::refused:
  case ec::server:
  case ec::maintenance:
  case ec::timeout:
  case ec::transport:
  case ec::connection_lost:
  case ec::store_unavailable: return true;
  default: return false;
  }
}

} // namespace tidemark
