/// What an import does with its record types after their batches: indexes, deletions, verification.
#include "actors/import/import.hpp"

#include <algorithm>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/import/import_facts.hpp"
#include "config/logging.hpp"

namespace tidemark {

namespace {

/// Of an import in mode `verify`. Only the main type's failure ends the comparison of the others.
type_state state_after(proof result, bool is_main) {
  if (result == proof::complete) return type_state::completed;
  return result == proof::failed && is_main ? type_state::failed : type_state::completed_with_errors;
}

} // namespace

void import_run::go_on() {
  bool all_over = std::ranges::all_of(progress->rows(), [](auto& row) { return is_final(row.state); });
  if (why != ending::none || over || !all_over || indexing > 0 || finish_more()) return;
  finish_as_it_went();
}

/// A death may have come between the end of a type and its indexes.
void import_run::finish_indexes(const std::string& record_type) {
  if (why_broken(record_type) != nullptr) return;
  ++indexing;
  prepare(
      record_type,
      [this, record_type](const table_prepared&) {
        --indexing;
        if (why == ending::none && !over) index_table(record_type);
      },
      [this, record_type](const failure& unfit) {
        --indexing;
        not_indexed(record_type, unfit);
        go_on();
      });
}

/// The indexes of a table are made once it is filled, which costs a fraction of keeping them meanwhile. Other
/// types go on in between.
void import_run::index_table(const std::string& record_type) {
  ++indexing;
  ask_store(make_index{record_type}, [this, record_type](const indexes_left& left) {
    --indexing;
    if (why != ending::none || over) return;
    if (left.count > 0) return index_table(record_type);
    go_on();
  });
}

// -- deletions and verification
// ---------------------------------------------------------------------------------

/// True while something is left to be done, and begun.
bool import_run::finish_more() {
  if (auto types = steps->take_deletions(); !types.empty()) read_deletions(std::move(types));
  start_verifiers();
  return !steps->over();
}

void import_run::start_verifiers() {
  if (why != ending::none || over) return;
  for (auto& record_type : steps->take_to_verify()) {
    auto* row = progress->find(record_type);
    if (auto held = row == nullptr ? std::nullopt : why_not_compared(*row)) {
      verified(*held);
      continue;
    }
    auto not_comparable = [this, record_type](const failure& unfit) {
      verified(lost_verification(record_type, unfit.message));
    };
    if (auto* changed = why_broken(record_type))
      not_comparable({ec::bad_config, *changed});
    else
      prepare(
          record_type,
          [this, record_type](const table_prepared& table) {
            lacking[record_type] = table.lacks;
            start_verifier(record_type);
          },
          not_comparable);
  }
}

/// The account lacks it, as the last import of it has seen.
void import_run::skip_alone(const import_note& why) {
  auto* known = progress->find(why.record_type);
  if (known == nullptr) return;
  auto row = *known;
  row.state = type_state::skipped;
  row.error = why.text;
  row.finished_at = wall_now();
  note(why);
  ask_store(save_types{id, {row}}, [this, row](const done&) { type_over(row); });
}

/// The whole work of an import in mode `verify`.
void import_run::verify_alone(const std::string& record_type) {
  auto fail_with = [this, record_type](const std::string& error) {
    verified(lost_verification(record_type, error));
  };
  prepare(
      record_type,
      [this, record_type, fail_with](const table_prepared& table) {
        if (table.skipped) return skip_alone(*table.skipped);
        lacking[record_type] = table.lacks;
        for (auto& known : table.left_out) take_way(ways[record_type], known);
        for (auto& known : table.ways)
          if (known.record_type == record_type && way_of(known)) note(known);
        if (table.mark.watermark != 0) return start_verifier(record_type);
        if (!table.changed_criteria.empty())
          return fail_with(
              fmt::format("the criteria have changed after it was imported: {}; start an import of it first",
                          table.changed_criteria));
        fail_with("it was never imported whole: start an import of it first");
      },
      [fail_with](const failure& unfit) { fail_with(unfit.message); });
}

void import_run::start_verifier(const std::string& record_type) {
  if (why != ending::none || over) return;
  auto* described = settings.types->find(record_type);
  if (described == nullptr)
    return verified(lost_verification(record_type, "the criteria do not describe it"));
  adopt(spawn_verifier(*described), record_type);
}

void import_run::read_deletions(std::vector<std::string> record_types) {
  deletion_types = std::move(record_types);
  adopt(spawn_deletion_run(deletion_types), {});
}

void import_run::adopt(finishing_actor actor, const std::string& record_type) {
  auto address = actor.address();
  finishers.emplace(address, finisher{record_type, std::move(actor)});
}

void import_run::mark_reported() {
  if (!self->current_sender()) return;
  if (auto found = finishers.find(self->current_sender()->address()); found != finishers.end())
    found->second.reported = true;
}

void import_run::verified(const type_verified& found) {
  mark_reported();
  if (why != ending::none || over) return;
  if (stands_in_the_way(found.what.code)) return blocked(found.what);
  auto* known = progress->find(found.record_type);
  if (known == nullptr) return;
  if (compares_without(found)) return start_verifier(found.record_type);
  auto row = with_result(*known, found);
  bool alone = progress->import().mode == import_mode::verify;
  if (alone) {
    row.state = state_after(found.result.result, row.name == progress->import().record_type);
    row.planned = found.result.result != proof::failed;
    row.finished_at = wall_now();
    if (!row.planned) row.error = found.result.text;
  }
  write_verification(row, found, [this, row, alone] {
    if (alone) return type_over(row);
    fold(row);
    send(self, tenant, type_ended{id, row});
    go_on();
  });
}

void import_run::deletions_over(const deletions_done& found) {
  mark_reported();
  if (why != ending::none || over) return;
  if (stands_in_the_way(found.what.code)) return blocked(found.what);
  write_deletions(found);
}

void import_run::finisher_down(finisher gone, const caf::error& reason) {
  if (why != ending::none) return end_if_at_rest();
  if (gone.reported || over) return;
  auto why_it_died = death_text(reason);
  log(log_level::error, "import", "finisher_died", "import {}: {} died: {}", id,
      gone.record_type.empty() ? "deletions" : "the verifier of " + gone.record_type, why_it_died);
  if (finisher_restarts[gone.record_type].allow(steady_now(self)))
    return gone.record_type.empty() ? read_deletions(deletion_types) : start_verifier(gone.record_type);
  auto text = fmt::format("its actor died more than 3 times in 60 s: {}", why_it_died);
  if (gone.record_type.empty()) return deletions_over({{ec::internal, text}, {}, {}});
  verified(lost_verification(gone.record_type, text));
}

} // namespace tidemark
