#include "tools/netsuite_sim/stats.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace tidemark::netsuite_sim {

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

} // namespace

double stats::integral(double steady_ms) const {
  return integral_ + static_cast<double>(in_flight_) * (steady_ms - integral_at_);
}

void stats::slots_changed(std::int64_t in_flight, moment now) {
  integral_ = integral(now.steady_ms);
  integral_at_ = now.steady_ms;
  in_flight_ = in_flight;
  peak_ = std::max(peak_, in_flight);
}

void stats::query_began(const std::string& table, moment now) {
  ++data_requests_;
  auto& t = tables_[table];
  if (t.requests++ == 0) {
    t.first_request_ms = now.wall_ms;
    t.first_integral = integral(now.steady_ms);
  }
  t.last_request_ms = now.wall_ms;
  t.last_integral = integral(now.steady_ms);
}

void stats::query_ended(const std::string& table, std::int64_t rows, std::int64_t numbered,
                        double duration_ms, moment now) {
  auto& t = tables_[table];
  t.rows += rows;
  t.numbered += numbered;
  t.busy_ms += duration_ms;
  t.last_request_ms = now.wall_ms;
  t.last_integral = integral(now.steady_ms);
}

void stats::finished(request_record record, std::size_t bytes) {
  bytes_ += bytes;
  ++statuses_[record.status];
  if (record.ending == "aborted") ++aborted_;
  recent_.push_back(std::move(record));
  if (recent_.size() > kept_requests) recent_.pop_front();
}

nlohmann::json stats::to_json(moment now) const {
  auto tables = nlohmann::json::object();
  for (const auto& [name, t] : tables_)
    tables[name] = {{"requests", t.requests},
                    {"rows", t.rows},
                    {"numbered", t.numbered},
                    {"first_request_ms", t.first_request_ms},
                    {"last_request_ms", t.last_request_ms},
                    {"busy_ms", t.busy_ms},
                    {"window_busy_ms", t.last_integral - t.first_integral}};
  auto statuses = nlohmann::json::object();
  for (const auto& [status, count] : statuses_) statuses[std::to_string(status)] = count;
  return {{"requests", requests_ - requests_before_reset_},
          {"data_requests", data_requests_},
          {"in_flight", in_flight_},
          {"peak_in_flight", peak_},
          {"refusals", refusals_},
          {"refusals_as_401", refusals_as_401_},
          {"auth_failures", authentication_failures_},
          {"aborted_by_client", aborted_},
          {"connections_opened", connections_opened_},
          {"connections_open", connections_open_},
          {"slot_busy_ms", integral(now.steady_ms)},
          {"bytes", bytes_},
          {"cpu_s", cpu_seconds() - cpu_before_reset_},
          {"statuses", statuses},
          {"tables", tables},
          {"now_ms", now.wall_ms}};
}

nlohmann::json stats::requests(std::uint64_t since) const {
  auto result = nlohmann::json::array();
  for (const auto& r : recent_) {
    if (r.number <= since) continue;
    result.push_back({{"number", r.number},
                      {"begin_ms", r.begin_ms},
                      {"table", r.table},
                      {"path", r.path},
                      {"status", r.status},
                      {"rows", r.rows},
                      {"duration_ms", r.duration_ms},
                      {"ending", r.ending}});
  }
  return result;
}

void stats::reset(moment now) {
  stats fresh;
  fresh.requests_ = requests_;
  fresh.requests_before_reset_ = requests_;
  fresh.connections_open_ = connections_open_;
  fresh.in_flight_ = in_flight_;
  fresh.peak_ = in_flight_;
  fresh.integral_at_ = now.steady_ms;
  fresh.cpu_before_reset_ = cpu_seconds();
  *this = std::move(fresh);
}

} // namespace tidemark::netsuite_sim
