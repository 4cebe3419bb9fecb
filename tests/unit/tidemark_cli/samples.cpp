#include "samples.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

type_status sample_type(const std::string& name, std::uint32_t wave, type_state state, std::uint64_t stored,
                        std::uint64_t planned) {
  type_status type;
  type.name = name;
  type.wave = wave;
  type.state = state;
  type.records = {planned, stored, 0, false};
  if (planned > 0) {
    auto batches = (planned + 999) / 1000;
    auto completed = stored / 1000 + (stored == planned && stored % 1000 > 0 ? 1 : 0);
    type.batches = {batches, completed, 0, 0, 0, batches - completed};
    type.progress = static_cast<std::uint32_t>(stored * 10'000 / planned);
  }
  if (state != type_state::waiting) type.started_at = noon + 1000;
  if (is_final(state)) {
    type.finished_at = noon + 3000;
    type.progress = 10'000;
  }
  return type;
}

import_status sample_import() {
  import_status status;
  status.id = sample_id;
  status.tenant = "acme";
  status.record_type = "invoice";
  status.system = "chunked";
  status.state = import_state::running;
  status.types = {sample_type("currency", 0, type_state::completed, 5, 5),
                  sample_type("customer", 1, type_state::running, 12'000, 20'500),
                  sample_type("item", 1, type_state::running, 1000, 4000),
                  sample_type("invoice", 2, type_state::waiting)};
  status.types[1].batches.running = 4;
  status.types[1].batches.pending -= 4;
  status.types[2].records.estimated = true;
  status.types[2].records.rejected = 2;
  status.records = {24'505, 13'005, 2, true};
  status.batches = {26, 14, 0, 0, 4, 8};
  status.pick_ups = {20, 14, 1, 0, 1, 0, 3};
  status.progress = 2500;
  status.eta_earliest = noon + 190'000;
  status.eta_latest = noon + 230'000;
  status.notes = {
      {"customer", "column_dropped", "custentity_old", "column custentity_old is unknown here", noon + 1500}};
  status.requested_at = noon - 500;
  status.started_at = noon;
  status.requested_by = "anna@local";
  return status;
}

import_status big_import(std::uint32_t waves, std::uint32_t per_wave) {
  auto status = sample_import();
  status.types.clear();
  for (std::uint32_t wave = 0; wave < waves; ++wave) {
    auto state = wave == 0 ? type_state::completed : wave == 1 ? type_state::running : type_state::waiting;
    for (std::uint32_t i = 0; i < per_wave; ++i)
      status.types.push_back(sample_type(fmt::format("type_{}_{}", wave, i), wave, state, wave < 2 ? 2000 : 0,
                                         wave == 0   ? 2000
                                         : wave == 1 ? 5000
                                                     : 0));
  }
  return status;
}

std::vector<std::string> texts(const std::vector<line>& lines) {
  std::vector<std::string> result;
  for (auto& x : lines) result.push_back(paint(x, false));
  return result;
}

std::string joined(const std::vector<line>& lines) {
  std::string result;
  for (auto& x : texts(lines)) result += x + "\n";
  return result;
}

pool_status sample_pool() {
  pool_status pool;
  pool.account = "1111111";
  pool.limit = 15;
  pool.source = limit_source::governance;
  pool.reserve = 2;
  pool.effective = 13;
  pool.in_use = 3;
  pool.waiting = 2;
  pool.lanes = {{"acme.1", 2}};
  pool.granted = 5000;
  pool.refused = 7;
  pool.refused_as_401 = 3;
  pool.busy_1m = 9850;
  pool.busy_5m = 8000;
  pool.busy_15m = 5000;
  pool.transfers = 5000;
  pool.reused = 4980;
  pool.logins = {{"acme", "proven"}};
  return pool;
}

pool_status sample_pool_in_an_outage() {
  pool_status pool;
  pool.account = "2222222";
  pool.limit = 5;
  pool.effective = 2;
  pool.in_use = 1;
  pool.lingering = 1;
  pool.granted = 10;
  pool.refused = 70;
  pool.outage = true;
  pool.outage_reason = "7 failures in a row";
  return pool;
}

} // namespace tidemark::cli
