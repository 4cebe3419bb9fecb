/// The answers as JSON objects. Member names are those of the messages; times are ISO-8601 in UTC with
/// milliseconds, or null; progress is from 0 to 1.
#pragma once

#include "messages/remote.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace tidemark::cli {

using json = nlohmann::ordered_json;

json to_json(const import_status& status);
json to_json(const cancel_receipt& receipt);
json to_json(const record_type_info& info);
json to_json(const plan_report& report);
json to_json(const node_status& status);

/// {"event": kind, ...}: the import's totals, and the record type and the note that changed, if any.
json to_json(const import_event& event);

/// {"event": "snapshot", ...}: how the import stands when the stream begins, or begins anew.
json snapshot_to_json(const journal_snapshot& snapshot, const import_status& status);

/// One line, with its end. Bytes that are not UTF-8 are replaced.
std::string json_line(const json& object);

} // namespace tidemark::cli
