#include "tools/tidemark/to_json.hpp"

#include "tools/tidemark/json_values.hpp"

#include <map>

namespace tidemark::cli {

namespace {

json fraction(std::uint32_t ten_thousandths) { return ten_thousandths / 10'000.0; }

json counts(const batch_counts& x) {
  return {{"planned", x.planned},     {"completed", x.completed}, {"failed", x.failed},
          {"cancelled", x.cancelled}, {"running", x.running},     {"pending", x.pending}};
}

json counts(const record_counts& x) {
  return {{"planned", x.planned}, {"stored", x.stored}, {"rejected", x.rejected},  {"unchanged", x.unchanged},
          {"deleted", x.deleted}, {"held", x.held},     {"estimated", x.estimated}};
}

json counts(const batch_counters& x) {
  return {{"picked_up", x.picked_up}, {"completed", x.completed}, {"failed_attempts", x.failed_attempts},
          {"split", x.split},         {"released", x.released},   {"interrupted", x.interrupted},
          {"refusals", x.refusals}};
}

json proof_to_json(const verification& x) {
  if (x.result == proof::none) return nullptr;
  return {{"result", to_string(x.result)}, {"at", time(x.at)}, {"rows", x.rows},
          {"repaired", x.repaired},        {"text", x.text},   {"method", x.method}};
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
  object["changed_since"] = time(type.changed_since);
  object["verified"] = proof_to_json(type.verified);
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

/// Null where it is not known.
json seen(const import_status& status, json figures) {
  return status.unseen ? json(nullptr) : std::move(figures);
}

} // namespace

json to_json(const import_status& status) {
  auto notes = json::array();
  for (auto& note : status.notes) notes.push_back(note_to_json(note));
  return {{"id", status.id},
          {"tenant", status.tenant},
          {"record_type", status.record_type},
          {"mode", to_string(status.mode)},
          {"since", time(status.options.since)},
          {"reconcile", status.options.reconcile},
          {"verify", status.options.verify},
          {"deep", status.options.deep},
          {"system", status.system},
          {"state", to_string(status.state)},
          {"progress", seen(status, fraction(status.progress))},
          {"eta", eta_to_json(status)},
          {"batches", seen(status, counts(status.batches))},
          {"records", seen(status, counts(status.records))},
          {"pick_ups", seen(status, counts(status.pick_ups))},
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
          {"group", info.fields == 0},
          {"table", text_or_null(info.table)},
          {"filter", text_or_null(info.filter)},
          {"key", text_or_null(info.key)},
          {"set_of", text_or_null(info.set_of)},
          {"change_column", text_or_null(info.change_column)},
          {"deleted_as", text_or_null(info.deleted_as)},
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
                            {"changed_since", time(type.changed_since)},
                            {"remark", text_or_null(type.remark)},
                            {"error", text_or_null(type.error)}});
  }
  auto waves = json::array();
  for (auto& [index, members] : by_wave)
    waves.push_back({{"index", index}, {"record_types", std::move(members)}});
  return {{"tenant", report.tenant},
          {"record_type", report.record_type},
          {"mode", to_string(report.mode)},
          {"system", report.system},
          {"records", report.records},
          {"batches", report.batches},
          {"expected_requests", report.expected_requests},
          {"waves", std::move(waves)}};
}

json to_json(const pool_status& pool) {
  auto lanes = json::array();
  for (auto& lane : pool.lanes) lanes.push_back({{"import", lane.import_id}, {"waiting", lane.waiting}});
  auto logins = json::array();
  for (auto& login : pool.logins) logins.push_back({{"tenant", login.tenant}, {"state", login.state}});
  auto reuse = pool.transfers == 0
                   ? json(nullptr)
                   : json(static_cast<double>(pool.reused) / static_cast<double>(pool.transfers));
  return {
      {"account", pool.account},
      {"limit", pool.limit},
      {"limit_source", to_string(pool.source)},
      {"limit_note", text_or_null(pool.source_note)},
      {"reserve", pool.reserve},
      {"effective", pool.effective},
      {"in_use", pool.in_use},
      {"lingering", pool.lingering},
      {"waiting", pool.waiting},
      {"waiting_by_import", std::move(lanes)},
      {"granted", pool.granted},
      {"refused", pool.refused},
      {"refused_as_401", pool.refused_as_401},
      {"utilization",
       {{"1m", fraction(pool.busy_1m)}, {"5m", fraction(pool.busy_5m)}, {"15m", fraction(pool.busy_15m)}}},
      {"transfers", pool.transfers},
      {"handshakes_saved", pool.reused},
      {"connection_reuse", std::move(reuse)},
      {"logins", std::move(logins)},
      {"outage", pool.outage},
      {"outage_reason", text_or_null(pool.outage_reason)}};
}

json to_json(const tenant_info& tenant) {
  return {{"id", tenant.id},
          {"account", tenant.account},
          {"state", tenant.state},
          {"reason", text_or_null(tenant.reason)},
          {"since", time(tenant.since)},
          {"imports_running", tenant.imports_running},
          {"comparing", text_or_null(tenant.comparing)}};
}

json to_json(const batch_info& batch) {
  return {{"number", batch.number},
          {"record_type", batch.record_type},
          {"after", batch.from_start ? json(nullptr) : json(batch.after)},
          {"up_to", batch.up_to},
          {"weight", batch.weight},
          {"state", to_string(batch.state)},
          {"stored", batch.stored},
          {"rejected", batch.rejected},
          {"pick_ups", counts(batch.counters)},
          {"deaths", batch.deaths},
          {"error_code", text_or_null(batch.error_code)},
          {"error", text_or_null(batch.error_text)},
          {"operation_id", text_or_null(batch.operation_id)}};
}

namespace {

/// What NetSuite sent, as the value that it is. A record that is shown in part, or with a number that would
/// not be the same afterwards, stays text.
json raw_of(const std::string& text) {
  auto value = json::parse(text, nullptr, false);
  auto squeezed = [](std::string x) {
    std::erase_if(x, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
    return x;
  };
  bool same = !value.is_discarded() && squeezed(value.dump()) == squeezed(text);
  return same ? value : text_or_null(text);
}

} // namespace

json to_json(const kept_record& record) {
  return {{"record_type", record.record_type},
          {"key", text_or_null(record.record.key)},
          {"reason", record.record.reason},
          {"raw", raw_of(record.record.raw)},
          {"import_id", record.import_id},
          {"batch", record.batch},
          {"at", time(record.at)}};
}

json to_json(const blocker_list& list) {
  auto blockers = json::array();
  for (auto& x : list.blockers)
    blockers.push_back({{"record_type", text_or_null(x.record_type)},
                        {"batch", x.batch == 0 ? json(nullptr) : json(x.batch)},
                        {"batches", x.batches},
                        {"blocker", x.what},
                        {"subject", text_or_null(x.subject)},
                        {"until", time(x.until)},
                        {"text", x.text}});
  return {{"import_id", list.import_id}, {"state", to_string(list.state)}, {"blockers", std::move(blockers)}};
}

json to_json(const reload_report& reload) { return {{"changes", reload.changes}, {"hints", reload.hints}}; }

json to_json(const node_status& status) {
  auto alerts = json::array();
  for (auto& alert : status.alerts) alerts.push_back(to_json(alert));
  auto recovered = json::array();
  for (auto& x : status.recovered) recovered.push_back({{"tenant", x.tenant}, {"text", x.text}});
  auto pools = json::array();
  for (auto& pool : status.pools) pools.push_back(to_json(pool));
  return {{"name", status.name},
          {"version", status.version},
          {"started_at", time(status.started_at)},
          {"tenants", status.tenants},
          {"recovered", std::move(recovered)},
          {"suspended", status.suspended},
          {"comparing", status.comparing},
          {"not_answering", status.not_answering},
          {"imports_running", status.imports_running},
          {"connections_opened", status.connections_opened},
          {"connections_open", status.connections_open},
          {"transfers", status.transfers},
          {"handshakes_saved", status.transfers_reused},
          {"repeated", status.transfers_retried},
          {"alerts", std::move(alerts)},
          {"pools", std::move(pools)}};
}

json to_json(const import_event& event) {
  auto& status = event.import;
  if (is_alert(event)) {
    json object{
        {"event", event.kind}, {"at", time(event.at)}, {"epoch", event.epoch}, {"sequence", event.sequence}};
    object["alert"] = event.alerts.empty() ? json(nullptr) : to_json(event.alerts.front());
    return object;
  }
  json object{{"event", event.kind},
              {"at", time(event.at)},
              {"epoch", event.epoch},
              {"sequence", event.sequence},
              {"id", status.id},
              {"state", to_string(status.state)},
              {"progress", seen(status, fraction(status.progress))},
              {"eta", eta_to_json(status)},
              {"batches", seen(status, counts(status.batches))},
              {"records", seen(status, counts(status.records))}};
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
