/// What happened so far, as `/admin/stats` and `/admin/requests` show it.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace tidemark::netsuite_sim {

/// Times are milliseconds; `wall` since 1970, `steady` of a clock that never jumps.
struct moment {
  std::int64_t wall_ms = 0;
  double steady_ms = 0;
};

/// One request from its arrival to its end.
struct request_record {
  std::uint64_t number = 0;
  std::int64_t begin_ms = 0;
  std::string table;
  std::string path;
  int status = 0;
  std::int64_t rows = 0;
  double duration_ms = 0;
  /// "done", "aborted", "reset", "truncated", "hung".
  std::string ending;
};

class stats {
public:
  // -- events
  // ------------------------------------------------------------------------------------------------

  void connection_opened() { ++connections_opened_, ++connections_open_; }
  void connection_closed() { --connections_open_; }
  /// Number of the request, for `finished`.
  std::uint64_t arrived() { return ++requests_; }
  /// The number of requests that hold a slot has changed to `in_flight`.
  void slots_changed(std::int64_t in_flight, moment now);
  void refused(bool as_401) { ++refusals_, refusals_as_401_ += as_401 ? 1U : 0U; }
  void authentication_failed() { ++authentication_failures_; }
  /// A query of `table` has been let in.
  void query_began(const std::string& table, moment now);
  /// A query of `table` has given its slot back.
  void query_ended(const std::string& table, std::int64_t rows, std::int64_t numbered, double duration_ms,
                   moment now);
  void finished(request_record record, std::size_t bytes);

  // -- views
  // -------------------------------------------------------------------------------------------------

  nlohmann::json to_json(moment now) const;
  /// The recent requests with a number above `since`, oldest first.
  nlohmann::json requests(std::uint64_t since) const;
  /// Forgets everything but what is going on at this moment.
  void reset(moment now);

private:
  struct table_stats {
    std::int64_t requests = 0;
    std::int64_t rows = 0;
    std::int64_t numbered = 0;
    std::int64_t first_request_ms = 0;
    std::int64_t last_request_ms = 0;
    double busy_ms = 0;
    double first_integral = 0;
    double last_integral = 0;
  };

  double integral(double steady_ms) const;

  static constexpr std::size_t kept_requests = 20000;

  std::uint64_t requests_ = 0;
  std::uint64_t requests_before_reset_ = 0;
  std::int64_t data_requests_ = 0;
  std::uint64_t refusals_ = 0;
  std::uint64_t refusals_as_401_ = 0;
  std::uint64_t authentication_failures_ = 0;
  std::uint64_t aborted_ = 0;
  std::int64_t connections_opened_ = 0;
  std::int64_t connections_open_ = 0;
  std::int64_t in_flight_ = 0;
  std::int64_t peak_ = 0;
  std::uint64_t bytes_ = 0;
  double integral_ = 0;
  double integral_at_ = 0;
  double cpu_before_reset_ = 0;
  std::map<int, std::int64_t> statuses_;
  std::map<std::string, table_stats> tables_;
  std::deque<request_record> recent_;
};

} // namespace tidemark::netsuite_sim
