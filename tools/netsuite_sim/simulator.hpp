/// The account as a whole: takes HTTP requests, decides, answers. Knows no sockets; runs on one thread.
#pragma once

#include "tools/netsuite_sim/faults.hpp"
#include "tools/netsuite_sim/gate.hpp"
#include "tools/netsuite_sim/http_server.hpp"
#include "tools/netsuite_sim/oauth2.hpp"
#include "tools/netsuite_sim/stats.hpp"
#include "tools/netsuite_sim/suiteql.hpp"
#include "tools/netsuite_sim/tba.hpp"

#include <functional>
#include <map>
#include <string>

namespace tidemark::netsuite_sim {

struct simulator_options {
  std::uint64_t seed = 1;
  double scale = 1;
  std::map<std::string, std::int64_t, std::less<>> records = {};
  knobs settings = {};
};

/// What the simulator needs of its surroundings: time and timers.
struct surroundings {
  /// True time in milliseconds since 1970, without skew.
  std::function<std::int64_t()> wall_ms;
  /// A clock in milliseconds that never jumps.
  std::function<double()> steady_ms;
  std::function<void(std::chrono::microseconds, std::function<void()>)> after;
};

class simulator {
public:
  simulator(simulator_options options, surroundings outside);

  http_reply handle(const http_request& request);
  void connection_opened() { stats_.connection_opened(); }
  void connection_closed() { stats_.connection_closed(); }
  std::chrono::milliseconds keep_alive() const { return std::chrono::milliseconds(knobs_.keep_alive_ms); }
  /// Starts the background mutator's clock. Call once, when `after` works.
  void start();

private:
  /// A request under way.
  struct visit {
    std::uint64_t number;
    moment began;
    http_target target;
    std::string base_url;
    std::string table = {};
    std::int64_t rows = 0;
    std::int64_t numbered = 0;
    bool has_slot = false;
    bool is_query = false;
    /// Text body, with its content type; or the cached form.
    int status = 200;
    std::string content_type = {};
    std::shared_ptr<const std::string> body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::size_t bytes = 0;
  };
  using visit_ptr = std::shared_ptr<visit>;

  // -- service (simulator.cpp)
  http_reply serve(const http_request& request, const visit_ptr& v);
  bool authenticate(const http_request& request, const visit_ptr& v);
  bool enter(const visit_ptr& v);
  void route(const http_request& request, visit& v);
  bool speaks_wrong_language(const http_request& request) const;
  void refuse_server_time(visit& v);
  void answer_query(const http_request& request, visit& v);
  void answer_governance(visit& v);
  void answer_catalogue(visit& v, std::string_view name);
  void answer_token(const http_request& request, visit& v);
  void refuse(visit& v, const error_reply& why);
  void put_json(visit& v, int status, std::string body);
  http_reply dispatch(const http_request& request, const visit_ptr& v, mishap what);
  http_reply reply_now(const visit_ptr& v);
  std::chrono::microseconds time_taken(const visit& v);
  void release(visit& v);
  void finish(visit& v, std::string_view ending);

  // -- administration (admin.cpp)
  http_reply administer(const http_request& request);
  nlohmann::json admin_answer(const http_request& request, const http_target& target, int& status);
  outcome<void> change_knobs(const nlohmann::json& object);
  void mutate();

  moment now() const { return {outside_.wall_ms(), outside_.steady_ms()}; }
  std::int64_t steady() const { return static_cast<std::int64_t>(outside_.steady_ms()); }
  /// The server's own clock, skewed.
  std::int64_t server_ms() const { return outside_.wall_ms() + knobs_.clock_skew_s * 1000; }
  world_options options_of(const knobs& k) const;

  simulator_options options_;
  surroundings outside_;
  knobs knobs_;
  world world_;
  suiteql suiteql_;
  gate gate_;
  faults faults_;
  dice dice_;
  std::int64_t answered_ = 0;
  stats stats_;
  tba_verifier tba_;
  oauth2_server oauth2_;
  std::int64_t maintenance_until_ms_ = 0;
  double mutations_due_ = 0;
};

} // namespace tidemark::netsuite_sim
