#include "tools/netsuite_sim/faults.hpp"

#include <array>
#include <utility>

namespace tidemark::netsuite_sim {

mishap faults::next(const knobs& k, std::string_view table) {
  if (!k.fault_table.empty() && k.fault_table != table) return mishap::none;
  const std::array odds{std::pair{k.fault_500_probability, mishap::status_500},
                        std::pair{k.fault_502_probability, mishap::status_502},
                        std::pair{k.fault_503_probability, mishap::status_503},
                        std::pair{k.fault_reset_probability, mishap::reset},
                        std::pair{k.fault_truncate_probability, mishap::truncate},
                        std::pair{k.fault_hang_probability, mishap::hang},
                        std::pair{k.fault_answer_probability, mishap::answer}};
  auto total = 0.0;
  for (const auto& [probability, what] : odds) total += probability;
  if (total == 0) return mishap::none;
  if (k.fault_first_requests > 0 && remaining_-- <= 0) {
    remaining_ = 0;
    return mishap::none;
  }
  auto chance = dice_.chance();
  for (const auto& [probability, what] : odds) {
    if (chance < probability) return what;
    chance -= probability;
  }
  return mishap::none;
}

error_reply faults::body_for(mishap what, const knobs& k, std::string_view table, bool& is_json) {
  if (what == mishap::answer) {
    auto reply = named_answer(k.fault_answer, table, dice_.roll());
    is_json = reply.body.starts_with('{');
    return reply;
  }
  auto status = what == mishap::status_500 ? 500 : what == mishap::status_502 ? 502 : 503;
  auto form = k.fault_body;
  if (form == "mixed") form = std::array{"json", "html", "empty"}[dice_.roll() % 3];
  is_json = form == "json";
  if (form == "html") return {status, html_error(status)};
  if (form == "empty") return {status, {}};
  return status == 500 ? unexpected_error(dice_.roll()) : unavailable(status);
}

} // namespace tidemark::netsuite_sim
