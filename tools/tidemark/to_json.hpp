/// The answers as JSON objects. Member names are those of the messages; times are ISO-8601 in UTC with
/// milliseconds, or null; progress is from 0 to 1.
#pragma once

#include "messages/wire/account.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/control.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"
#include "messages/wire/node.hpp"
#include "messages/wire/parity.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/slots.hpp"
#include "messages/wire/tenants.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace tidemark::cli {

using json = nlohmann::ordered_json;

json to_json(const import_status& status);
json to_json(const cancel_receipt& receipt);
json to_json(const record_type_info& info);
json to_json(const plan_report& report);
json to_json(const pool_status& status);
json to_json(const tenant_info& tenant);
json to_json(const node_status& status);
json to_json(const batch_info& batch);
json to_json(const kept_record& record);
json to_json(const blocker_list& list);
json to_json(const alert& alert);
json to_json(const alert_list& alerts);
json to_json(const error_report& errors);
json to_json(const reload_report& reload);
json to_json(const flag_record& record);
json to_json(const flag_decision& decision);
json to_json(const parity_report& parity);
json to_json(const schedule_status& status);
json to_json(const audit_entry& entry);
json to_json(const account_report& found);
json to_json(const discovery& found);

/// Of lists, each item is an object of its own.
inline const auto& items(const import_list& list) { return list.imports; }
inline const auto& items(const batch_list& list) { return list.batches; }
inline const auto& items(const rejected_list& list) { return list.records; }
inline const auto& items(const record_type_list& list) { return list.record_types; }
inline const auto& items(const tenant_list& list) { return list.tenants; }
inline const auto& items(const flag_list& list) { return list.flags; }
inline const auto& items(const schedule_list& list) { return list.schedules; }
inline const auto& items(const audit_list& list) { return list.entries; }

/// {"event": kind, ...}: the import's totals, and the record type, the note or the alert that changed, if
/// any.
json to_json(const import_event& event);

/// {"event": "snapshot", ...}: how the import stands when the stream begins, or begins anew.
json snapshot_to_json(const journal_snapshot& snapshot, const import_status& status);

/// One line, with its end. Bytes that are not UTF-8 are replaced.
std::string json_line(const json& object);

} // namespace tidemark::cli
