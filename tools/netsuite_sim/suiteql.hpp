/// The query service: SuiteQL text and paging in, the JSON of NetSuite out.
#pragma once

#include "tools/netsuite_sim/count_memo.hpp"
#include "tools/netsuite_sim/database.hpp"
#include "tools/netsuite_sim/error_bodies.hpp"
#include "tools/netsuite_sim/knobs.hpp"
#include "tools/netsuite_sim/response_cache.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::netsuite_sim {

struct suiteql_request {
  std::string query;
  std::vector<std::string> parameters = {};
  /// As they stand in the URL.
  std::optional<std::string> limit = {};
  std::optional<std::string> offset = {};
  /// What the links begin with: scheme and host.
  std::string base_url = {};
};

/// Body {"q": ..., "params": [...]}. Refusals are ready to be sent.
std::expected<suiteql_request, error_reply> parse_suiteql_body(std::string_view body);

class suiteql {
public:
  /// `data` and `settings` must outlive the service; `now` is the server's clock in seconds UTC.
  suiteql(const world& data, const knobs& settings, std::function<std::int64_t()> now);

  std::expected<std::shared_ptr<const rendered>, error_reply> answer(const suiteql_request& request);
  /// Takes notice of knobs that reach the schema, and of a reconfigured world.
  void reload();
  /// The first table named in a query, or "".
  static std::string first_table(std::string_view query);
  /// For tests: without the shortcut for known shapes.
  void use_engine_only(bool engine_only) { engine_only_ = engine_only; }

private:
  struct paging {
    std::int64_t limit = 1000;
    std::int64_t offset = 0;
  };
  std::expected<paging, error_reply> check_paging(const suiteql_request& request) const;
  std::expected<std::shared_ptr<const rendered>, error_reply> compute(const suiteql_request& request,
                                                                      const paging& page, bool& repeatable);
  error_reply refuse(const failure& why, const std::string& identifiers);
  std::string envelope(const result_page& result, const paging& page, const std::string& base_url) const;

  const world& data_;
  const knobs& knobs_;
  sql_session session_;
  std::unique_ptr<schema> schema_;
  std::unique_ptr<database> database_;
  response_cache cache_;
  count_memo counts_;
  std::uint64_t chance_ = 0;
  std::int64_t strays_ = 0;                        ///< pages that came without their rows so far
  std::map<std::string, std::int64_t> numberings_; ///< queries with a window function so far, by table
  bool engine_only_ = false;
};

} // namespace tidemark::netsuite_sim
