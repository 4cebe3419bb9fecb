#include "tools/tidemark/to_json.hpp"

#include "tools/tidemark/json_values.hpp"

namespace tidemark::cli {

namespace {

json object_of(const error_count& x) {
  return {{"record_type", text_or_null(x.record_type)},
          {"category", x.category},
          {"code", text_or_null(x.code)},
          {"count", x.count},
          {"last_at", time(x.last_at)}};
}

json object_of(const error_entry& x) {
  return {{"at", time(x.at)},
          {"import", text_or_null(x.import_id)},
          {"record_type", text_or_null(x.record_type)},
          {"batch", x.batch == 0 ? json(nullptr) : json(x.batch)},
          {"category", x.category},
          {"code", text_or_null(x.code)},
          {"text", x.text},
          {"operation_id", text_or_null(x.operation_id)}};
}

json object_of(const alert& x) { return to_json(x); }

template <class T>
json list_of(const std::vector<T>& items) {
  auto result = json::array();
  for (auto& x : items) result.push_back(object_of(x));
  return result;
}

} // namespace

json to_json(const alert& x) {
  bool measured = x.value != 0 || x.threshold != 0;
  return {{"id", x.id},
          {"level", to_string(x.level)},
          {"tenant", text_or_null(x.about.tenant)},
          {"account", text_or_null(x.about.account)},
          {"import", text_or_null(x.about.import_id)},
          {"subject", text_or_null(x.about.name)},
          {"since", time(x.since)},
          {"cleared_at", time(x.cleared_at)},
          {"value", measured ? json(x.value) : json(nullptr)},
          {"threshold", measured ? json(x.threshold) : json(nullptr)},
          {"unit", text_or_null(x.unit)},
          {"text", x.text},
          {"remedy", x.remedy}};
}

json to_json(const alert_list& alerts) {
  return {{"up", list_of(alerts.up)}, {"cleared", list_of(alerts.cleared)}};
}

json to_json(const error_report& errors) {
  return {{"tenant", errors.tenant},
          {"import", text_or_null(errors.import_id)},
          {"counts", list_of(errors.counts)},
          {"last", list_of(errors.last)},
          {"remark", text_or_null(errors.remark)}};
}

} // namespace tidemark::cli
