#include "actors/import/plan_review.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/type_description.hpp"

namespace tidemark {

plan_review review(const type_row& row, bool begun, const criteria& types) {
  auto* type = types.find(row.name);
  if (type == nullptr)
    return {
        fmt::format("{} is no longer in the criteria that this import began with: put it back and retry the "
                    "import, or start another one",
                    row.name),
        {},
        row.description};
  auto now = describe(*type, types);
  auto change = compare_descriptions(row.description, now);
  // Part of what has changed was asked for by the old ones.
  if (change.breaks.empty() && begun && row.changed_since != 0 && !is_final(row.state))
    change.breaks = std::move(change.breaks_changes);
  if (!change.breaks.empty())
    return {
        fmt::format("{} is not described any more as when this import began: {}; put it back and retry the "
                    "import, or start another one",
                    row.name, change.breaks),
        {},
        row.description};
  if (!begun) return {{}, {}, std::move(now)};
  // What is left out now is new to the import after this one.
  auto as_read = *type;
  std::erase_if(as_read.fields,
                [&](auto& x) { return std::ranges::find(change.gained, x.column) != change.gained.end(); });
  return {{}, std::move(change.gained), describe(as_read, types)};
}

plan_changes review_all(const import_progress& progress,
                        const std::function<bool(const std::string& record_type)>& has_batches,
                        const criteria& types, unix_ms now) {
  plan_changes result;
  for (auto& row : progress.rows()) {
    auto found = review(row, row.planned || has_batches(row.name), types);
    if (!found.broken.empty()) result.broken.emplace(row.name, std::move(found.broken));
    if (is_final(row.state)) continue;
    for (auto& column : found.left_out)
      result.left_out.push_back(
          {row.name, "column_dropped", column,
           fmt::format("column {} of {} came into the criteria while this import was under "
                       "way; it is left out until the next one",
                       column, row.name),
           now});
    if (row.description == found.description) continue;
    result.changed.push_back(row);
    result.changed.back().description = std::move(found.description);
  }
  return result;
}

failure lost_main_type(const std::string& record_type) {
  return {
      ec::internal,
      fmt::format("the ledger has lost the record type {} of this import: start another one", record_type),
      record_type};
}

} // namespace tidemark
