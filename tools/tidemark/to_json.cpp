#include "tools/tidemark/to_json.hpp"

#include "tools/tidemark/numbers.hpp"

#include <map>

namespace tidemark::cli {

namespace {

json time(unix_ms at) { return at == 0 ? json(nullptr) : json(iso_time_text(at)); }

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json fraction(std::uint32_t ten_thousandths) { return ten_thousandths / 10'000.0; }

json counts(const batch_counts& x) {
  return {{"planned", x.planned},     {"completed", x.completed}, {"failed", x.failed},
          {"cancelled", x.cancelled}, {"running", x.running},     {"pending", x.pending}};
}

json counts(const record_counts& x) {
  return {{"planned", x.planned}, {"stored", x.stored}, {"rejected", x.rejected}, {"estimated", x.estimated}};
}

json counts(const batch_counters& x) {
  return {{"picked_up", x.picked_up}, {"completed", x.completed}, {"failed_attempts", x.failed_attempts},
          {"split", x.split},         {"released", x.released},   {"interrupted", x.interrupted},
          {"refusals", x.refusals}};
}

json type_to_json(const type_status& type) {
  json object{{"name", type.name},
              {"state", to_string(type.state)},
              {"progress", fraction(type.progress)},
              {"batches", counts(type.batches)},
              {"records", counts(type.records)}};
  if (!type.taken_from.empty()) object["taken_from"] = type.taken_from;
  object["started_at"] = time(type.started_at);
  object["finished_at"] = time(type.finished_at);
  object["error"] = text_or_null(type.error);
  return object;
}

json note_to_json(const import_note& note) {
  return {{"record_type", text_or_null(note.record_type)},
          {"code", note.code},
          {"subject", note.subject},
          {"text", note.text},
          {"at", time(note.at)}};
}

json waves_to_json(const std::vector<type_status>& types) {
  std::map<std::uint32_t, json> waves;
  for (auto& type : types) {
    auto [wave, added] = waves.try_emplace(type.wave, json::array());
    wave->second.push_back(type_to_json(type));
  }
  auto result = json::array();
  for (auto& [index, members] : waves)
    result.push_back({{"index", index}, {"record_types", std::move(members)}});
  return result;
}

json eta_to_json(const import_status& status) {
  if (status.eta_earliest == 0 && status.eta_latest == 0) return nullptr;
  return {{"earliest", time(status.eta_earliest)}, {"latest", time(status.eta_latest)}};
}

} // namespace

json to_json(const import_status& status) {
  auto notes = json::array();
  for (auto& note : status.notes) notes.push_back(note_to_json(note));
  return {{"id", status.id},
          {"tenant", status.tenant},
          {"record_type", status.record_type},
          {"mode", to_string(status.mode)},
          {"system", status.system},
          {"state", to_string(status.state)},
          {"progress", fraction(status.progress)},
          {"eta", eta_to_json(status)},
          {"batches", counts(status.batches)},
          {"records", counts(status.records)},
          {"pick_ups", counts(status.pick_ups)},
          {"waves", waves_to_json(status.types)},
          {"notes", std::move(notes)},
          {"requested_by", status.requested_by},
          {"requested_at", time(status.requested_at)},
          {"started_at", time(status.started_at)},
          {"finished_at", time(status.finished_at)},
          {"error", text_or_null(status.error)},
          {"paused_by", status.state == import_state::paused ? json(to_string(status.paused_by)) : json()}};
}

json to_json(const cancel_receipt& receipt) {
  return {{"import_id", receipt.import_id},
          {"requested_by", receipt.requested_by},
          {"requested_at", time(receipt.requested_at)},
          {"finished_at", time(receipt.finished_at)},
          {"batches_completed", receipt.batches_completed},
          {"batches_interrupted", receipt.batches_interrupted},
          {"batches_never_started", receipt.batches_never_started}};
}

json to_json(const record_type_info& info) {
  return {{"name", info.name},
          {"wave", info.wave},
          {"table", info.table},
          {"filter", text_or_null(info.filter)},
          {"key", info.key},
          {"set_of", text_or_null(info.set_of)},
          {"change_column", text_or_null(info.change_column)},
          {"fields", info.fields},
          {"depends_on", info.depends_on}};
}

json to_json(const plan_report& report) {
  std::map<std::uint32_t, json> by_wave;
  for (auto& type : report.types) {
    auto [wave, added] = by_wave.try_emplace(type.wave, json::array());
    wave->second.push_back({{"name", type.name},
                            {"records", type.records},
                            {"estimated", type.walked},
                            {"batches", type.batches},
                            {"plan_requests", type.plan_requests},
                            {"error", text_or_null(type.error)}});
  }
  auto waves = json::array();
  for (auto& [index, members] : by_wave)
    waves.push_back({{"index", index}, {"record_types", std::move(members)}});
  return {{"tenant", report.tenant},
          {"record_type", report.record_type},
          {"records", report.records},
          {"batches", report.batches},
          {"expected_requests", report.expected_requests},
          {"waves", std::move(waves)}};
}

json to_json(const node_status& status) {
  auto pools = json::array();
  for (auto& pool : status.pools)
    pools.push_back({{"account", pool.account},
                     {"limit", pool.limit},
                     {"effective", pool.effective},
                     {"in_use", pool.in_use},
                     {"lingering", pool.lingering},
                     {"waiting", pool.waiting},
                     {"granted", pool.granted},
                     {"refused", pool.refused},
                     {"outage", pool.outage},
                     {"outage_reason", text_or_null(pool.outage_reason)}});
  return {{"name", status.name},
          {"version", status.version},
          {"started_at", time(status.started_at)},
          {"tenants", status.tenants},
          {"recovered", status.recovered},
          {"imports_running", status.imports_running},
          {"connections_opened", status.connections_opened},
          {"connections_open", status.connections_open},
          {"transfers", status.transfers},
          {"pools", std::move(pools)}};
}

json to_json(const import_event& event) {
  auto& status = event.import;
  json object{{"event", event.kind},
              {"at", time(event.at)},
              {"epoch", event.epoch},
              {"sequence", event.sequence},
              {"id", status.id},
              {"state", to_string(status.state)},
              {"progress", fraction(status.progress)},
              {"eta", eta_to_json(status)},
              {"batches", counts(status.batches)},
              {"records", counts(status.records)}};
  // An event of the import itself may carry all of its types: these are in the status that the stream ends
  // with.
  if (status.types.size() == 1) {
    auto type = type_to_json(status.types.front());
    type["wave"] = status.types.front().wave;
    object["record_type"] = std::move(type);
  }
  if (status.notes.size() == 1) object["note"] = note_to_json(status.notes.front());
  if (event.batch != 0) object["batch"] = event.batch;
  if (!event.text.empty()) object["text"] = event.text;
  object["error"] = text_or_null(status.error);
  return object;
}

json snapshot_to_json(const journal_snapshot& snapshot, const import_status& status) {
  return {{"event", "snapshot"},
          {"epoch", snapshot.epoch},
          {"sequence", snapshot.sequence},
          {"import", to_json(status)}};
}

std::string json_line(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace tidemark::cli
