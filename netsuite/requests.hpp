/// The requests to NetSuite's REST services and the answers of the small ones. Ids and Authorization fields
/// are the caller's to add.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/error.hpp"
#include "messages/http.hpp"

namespace tidemark {

/// POST of a SuiteQL query. `limit` is 1 to 1000, `offset` a multiple of it. `base_url` has no slash at its
/// end.
http_request make_query_request(std::string_view base_url, std::string_view sql, std::uint32_t limit = 1000,
                                std::uint32_t offset = 0);

/// The rows of a query that paging reaches: contract, section 1.4.
inline constexpr std::uint32_t most_paged_rows = 100'000;

/// Whether an answer says that there is no row as far behind as the request asks for: some accounts answer an
/// offset beyond the last row with 404 NONEXISTENT_ID, others with an empty page. Behind the rows that paging
/// reaches at most it says nothing about rows.
bool is_behind_last_row(const http_request& request, const http_response& response, const failure& what);

/// A page without rows, as an answer.
http_response make_empty_page(http_response answer);

/// GET of the server's clock; needs no permission, exists since release 2025.2.
http_request make_server_time_request(std::string_view base_url);
outcome<unix_ms> parse_server_time(const http_response& response);

/// GET of the concurrency limits; only administrators may.
http_request make_governance_request(std::string_view base_url);

struct governance_limits {
  std::uint32_t account = 0;                ///< the whole account's limit
  std::uint32_t unallocated = 0;            ///< what is left to integrations without a share of their own
  std::optional<std::uint32_t> integration; ///< this integration's own share

  /// The requests that we may have open at once.
  [[nodiscard]] std::uint32_t usable() const noexcept { return integration.value_or(unallocated); }
};
outcome<governance_limits> parse_governance(const http_response& response);

} // namespace tidemark
