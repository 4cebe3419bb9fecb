/// What both paths do with their record types after their batches.
#include "actors/clock.hpp"
#include "actors/import/deletion_run.hpp"
#include "actors/import/import_shell.hpp"
#include "actors/import/verifier.hpp"
#include "config/logging.hpp"
#include "messages/ascii.hpp"
#include "netsuite/projection.hpp"

#include <utility>

#include <fmt/format.h>

namespace tidemark {

void import_shell::prepare(const std::string& record_type, std::function<void(const table_prepared&)> then,
                           std::function<void(const failure&)> unfit) {
  ask_store(
      prepare_table{record_type}, [then = std::move(then)](const table_prepared& table) { then(table); },
      [this, unfit = std::move(unfit)](const failure& refusal) {
        refuses_the_type(refusal.code) ? unfit(refusal) : store_failed(refusal);
      });
}

void import_shell::not_indexed(const std::string& record_type, const failure& unfit) {
  log(log_level::warning, "import", "not_indexed", "import {}: the indexes of {} are left as they are: {}",
      id, record_type, render(unfit));
}

finishing_actor import_shell::spawn_verifier(const record_type& described) {
  auto& known = ways[described.name];
  auto whole = std::make_shared<const projection>(project(described, known));
  auto& import = progress->import();
  std::vector<std::string> left_out;
  for (auto& x : described.fields)
    if (auto way = known.find(x.column); way != known.end() && way->second == column_way::left_out)
      left_out.push_back(x.name);
  return self->spawn<caf::linked + caf::monitored>(
      verifier,
      verifier_job{id, std::move(whole), settings.retry.max_attempts, import.mode != import_mode::full,
                   import.options.deep, std::move(left_out)},
      verifier_links{settings.account, settings.store, settings.budget,
                     finishing_parent{import_actor{self}}});
}

bool import_shell::compares_without(const type_verified& found) {
  auto* described = settings.types->find(found.record_type);
  if (described == nullptr) return false;
  if (is_about_the_query(found.what.code) && found.what.code != ec::unknown_column)
    return compares_without_lacking(found.record_type);
  if (found.what.code != ec::unknown_column) return false;
  auto meant = columns_meant(project(*described, ways[found.record_type]), lower_case(found.what.subject));
  std::erase_if(meant, [&](auto& column) { return !can_drop(*described, column); });
  for (auto& column : meant)
    note({found.record_type, "column_dropped", column,
          way_text(column_way::left_out, found.record_type, column, found.what.message), wall_now()});
  return !meant.empty();
}

/// A refusal that names no column: those are left out that an import could not have.
bool import_shell::compares_without_lacking(const std::string& record_type) {
  auto before = ways[record_type];
  if (auto known = lacking.extract(record_type))
    for (auto& x : known.mapped()) {
      take_way(ways[record_type], x);
      note(x);
    }
  return ways[record_type] != before;
}

finishing_actor import_shell::spawn_deletion_run(const std::vector<std::string>& record_types) {
  deletion_job job;
  job.import_id = id;
  job.types = settings.types;
  job.record_types = record_types;
  job.since = progress->import().options.since;
  job.look_back = settings.look_back;
  job.outside = outside;
  job.ways = ways;
  for (auto& record_type : record_types)
    if (auto* row = progress->find(record_type)) {
      job.up_to = row->server_time;
      job.changed_since.emplace(record_type, row->changed_since);
    }
  job.max_attempts = settings.retry.max_attempts;
  return self->spawn<caf::linked + caf::monitored>(deletion_run, std::move(job), settings.account,
                                                   settings.store, finishing_parent{import_actor{self}});
}

void import_shell::write_verification(const type_row& row, const type_verified& found,
                                      std::function<void()> then) {
  for (auto& added : found.notes) note(added);
  if (auto added = note_on(found, wall_now())) note(*added);
  note_losses(row);
  ask_store(save_types{id, {row}},
            [this, name = row.name, result = row.verified.result, then = std::move(then)](const done&) {
              steps->verified(name, result);
              then();
            });
}

void import_shell::write_deletions(const deletions_done& found) {
  bool readable = found.what.code == ec::none;
  for (auto& added : found.notes) note(added);
  if (!readable) note(note_on_unread_deletions(found.what, wall_now()));
  save_types changed{id, {}};
  for (auto& row : progress->rows())
    if (auto more = with_deletions(row, found)) changed.types.push_back(std::move(*more));
  ask_store(changed, [this, changed, readable, unsure = found.unsure](const done&) {
    for (auto& row : changed.types) {
      fold(row);
      note_losses(row);
    }
    steps->deletions_over(readable, unsure);
    go_on();
  });
}

/// Of a group, the record types that it names.
type_names import_shell::members_of_group() const {
  auto& main = progress->import().record_type;
  if (progress->find(main) != nullptr) return {};
  auto alone = resolve_alone(*settings.types, main);
  type_names members;
  if (alone)
    for (auto& wave : alone->waves()) members.insert(wave.begin(), wave.end());
  return members;
}

/// What older imports hold of its types counts as long as nobody has decided about it.
void import_shell::finish_as_it_went() {
  if (std::exchange(is_finishing, true)) return;
  if (progress->import().mode == import_mode::verify) return finish_with({});
  ask_store(find_held{}, [this](const held_list& found) {
    if (why != ending::none) return end_if_at_rest();
    if (!over) finish_with(found.held);
  });
}

/// Where the log could not be read, or followed, it is not known what was deleted: that is no import without
/// errors.
void import_shell::finish_with(const std::vector<held_deletions>& held) {
  auto state = progress->verdict(members_of_group());
  for (auto& each : held) {
    if (each.import_id == id || progress->find(each.record_type) == nullptr) continue;
    note(note_on_held(each, wall_now()));
    if (state == import_state::completed) state = import_state::completed_with_errors;
  }
  auto lacking = state == import_state::failed || !steps ? std::string_view{} : steps->lacking_deletions();
  if (lacking.empty()) return finish(state, "");
  finish(import_state::completed_with_errors, fmt::format("deleted records may still be there: {}", lacking));
}

} // namespace tidemark
