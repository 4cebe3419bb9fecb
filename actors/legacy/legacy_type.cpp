/// A legacy import's way through one record type: count, then page after page.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/import/import_facts.hpp"
#include "actors/legacy/legacy_import.hpp"
#include "actors/wave/change_window.hpp"
#include "config/logging.hpp"
#include "messages/ascii.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/page_query.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"

namespace tidemark {

namespace {

// A page of 1000 wide records, as the bodies of answers go.
constexpr std::uint64_t page_bytes = 2U << 20U;

void forget_stored(batch_row& row) { row.stored = row.rejected = row.unchanged = row.deleted = 0; }

} // namespace

// -- planning
// ------------------------------------------------------------------------------------------------------

void legacy_run::begin_type() {
  type->state = type_state::running;
  columns = {};
  reasons = {};
  if (type->started_at == 0) type->started_at = wall_now();
  described = settings.types->find(type->name);
  if (described == nullptr)
    return end_type(type_state::failed, fmt::format("the criteria do not describe {}", type->name));
  prepare(
      type->name, [this](const table_prepared& table) { prepared(table); },
      [this](const failure& unfit) { end_type(type_state::failed, unfit.message); });
}

void legacy_run::project_type() {
  auto* parent = described->set ? settings.types->find(described->set->parent) : nullptr;
  what = project(*described, ways[type->name], parent, parent == nullptr ? column_ways{} : parent_ways);
}

/// A record type that begins anew keeps its range and the moment from which on it asks for changes.
void legacy_run::prepared(const table_prepared& table) {
  parent_ways.clear();
  for (auto& known : table.ways) {
    if (known.record_type != type->name)
      take_way(parent_ways, known);
    else if (way_of(known))
      note_on_type(known.code, known.subject, known.text);
  }
  project_type();
  key_columns = table.key_columns;
  bool is_needed = graph->contains(type->name) && !graph->dependents_of(type->name).empty();
  is_skip_news = !table.skipped.has_value() && (is_needed || table.mark.watermark != 0);
  std::erase_if(key_columns, [&](auto& each) {
    auto known = ways[type->name].find(each);
    return known != ways[type->name].end() && known->second == column_way::left_out;
  });
  auto& import_row = progress->import();
  bool begun = batches.contains(type->name);
  if (!begun) {
    if (!table.changed_criteria.empty() && import_row.mode == import_mode::incremental)
      note_on_type(std::string{criteria_changed_note}, {},
                   criteria_changed_text(type->name, table.changed_criteria));
    change_window changes{import_row.mode, import_row.options.since, settings.look_back};
    type->changed_since =
        what.changes.column.empty() ? 0 : changes.changed_since(table.mark.watermark, table.too_many_again);
  }
  scope = {};
  lacks.clear();
  if (type->changed_since != 0) {
    scope = {type->changed_since, table.again, table.undated};
    lacks = table.lacks;
    if (table.undated) {
      auto about = undated_note(type->name, what.changes.column, wall_now());
      note_on_type(about.code, about.subject, about.text);
    }
    for (auto& known : table.left_out) {
      note_on_type(known.code, known.subject, known.text);
    }
    project_type();
  }
  ask_store(save_types{id, {*type}}, [this, begun](const done&) {
    fold(*type);
    begun ? pick_up() : count_rows();
  });
}

void legacy_run::count_rows() {
  if (why != ending::none) return end_if_at_rest();
  ask_sql(count_query(what, std::nullopt, scope), max_page_rows, 0,
          [this](const http_response& response) -> outcome<void> {
            auto found = decode_count(*response.body);
            if (!found) return std::unexpected(found.error());
            // A count does not tell whether the account lacks its columns still: so no row is a batch, too.
            if (found->last || !lacks.empty()) {
              plan_batch(*found);
            } else {
              type->planned = true;
              end_type(type_state::completed, "");
            }
            return {};
          });
}

/// The account does not tell what has changed in this type.
void legacy_run::read_whole(const failure& reason) {
  note_on_type("read_whole", {},
               fmt::format("the account refuses to select the changes of {}; it is read whole: {}",
                           type->name, reason.message));
  type->changed_since = 0;
  scope = {};
  lacks.clear();
  ask_store(save_types{id, {*type}}, [this](const done&) { count_rows(); });
}

/// One batch for the whole type.
void legacy_run::plan_batch(const row_count& found) {
  batch_row row;
  row.number = ordinal_of(type->name);
  row.record_type = type->name;
  row.range.up_to = what.has_ranges() && found.last ? *found.last : std::numeric_limits<std::int64_t>::max();
  row.weight = std::max<std::uint64_t>(found.total, 1);
  type->planned = true;
  type->records_planned = found.total;
  ask_store(add_batches{id, *type, std::make_shared<std::vector<batch_row>>(1, row)},
            [this, row](const done&) {
              batches.emplace(row.record_type, row);
              progress->apply(row);
              fold(*type);
              pick_up();
            });
}

// -- reading and storing
// ---------------------------------------------------------------------------------------

void legacy_run::pick_up() {
  if (why != ending::none) return end_if_at_rest();
  ask_store(pick_up_batch{id, batches.at(type->name).number},
            [this](const picked_up& picked) { picked_up_as(picked.pick_up); });
}

void legacy_run::picked_up_as(std::uint32_t number) {
  batch = &batches.at(type->name);
  batch->state = batch_state::running;
  batch->counters.picked_up = number;
  forget_stored(*batch);
  progress->apply(*batch);
  walk.reset();
  if (what.parent) walk.emplace(range_kind::sets, row_count{batch->weight, batch->range.up_to});
  range.after.reset();
  next_range();
}

/// The records of one page go into the database together. A set's page has to end with a parent's last line.
void legacy_run::next_range() {
  if (why != ending::none) return end_if_at_rest();
  range.up_to = batch->range.up_to;
  if (!walk) return begin_range(batch->weight);
  ask_sql(walk_query(what, walk->after(), scope), 1, keyset_walk::step_offset,
          [this](const http_response& response) -> outcome<void> {
            auto key = decode_walk(*response.body);
            if (!key) return std::unexpected(key.error());
            auto next = walk->step(*key);
            if (!next) return std::unexpected(next.error());
            range = next->range;
            begin_range(next->weight);
            return {};
          });
}

void legacy_run::begin_range(std::uint64_t weight) {
  reading = {std::make_shared<const projection>(what), range, max_page_rows, certain_rows(what, weight)};
  reserve_page();
}

void legacy_run::reserve_page() {
  if (reserved) return fetch_page();
  request(self, settings.budget, caf::infinite, room_for(settings.account, id, page_bytes))
      .then(
          [this](const bytes_reserved&) {
            reserved = true;
            if (!over) fetch_page();
          },
          [this](const caf::error& error) {
            if (!over) fail_type(to_failure(error));
          });
}

void legacy_run::fetch_page() {
  if (why != ending::none) return end_if_at_rest();
  auto page = reading.next().page;
  auto window = window_of(what, page);
  ask_sql(page_query(what, page, scope), window.limit, window.offset,
          [this](const http_response& response) { return page_arrived(response); });
}

outcome<void> legacy_run::page_arrived(const http_response& response) {
  page_decoder decoder{what};
  auto page = decoder.decode(*response.body, reading.next().page);
  if (!page) return std::unexpected(page.error());
  if (page->has_more && !page->last) return fail(ec::rejected, "a page has no row with a readable key");
  reading.passed(std::move(*page));
  read_on();
  return {};
}

/// Records are stored page by page, the rows of a set all at once.
void legacy_run::read_on() {
  if (reading.must_count()) return count_rest();
  auto place = reading.next().page.after;
  if (!reading.finished() && (what.has_sets() || !place)) return fetch_page();
  store_pages(reading.finished() ? range.up_to : place->key);
}

/// Less has come than was planned.
void legacy_run::count_rest() {
  if (why != ending::none) return end_if_at_rest();
  ask_sql(count_query(what, reading.range(), scope), max_page_rows, 0,
          [this](const http_response& response) -> outcome<void> {
            auto count = decode_count(*response.body);
            if (!count) return std::unexpected(count.error());
            if (auto verdict = reading.counted(count->total); !verdict)
              fail_type(verdict.error());
            else
              read_on();
            return {};
          });
}

/// Columns of which values repeat that cannot be of their types: in the pages at hand, or in all so far.
bool legacy_run::leave_misfits_out() {
  misfit_tally here;
  for (auto& page : reading.pages()) here.add(*page, what);
  auto all = columns;
  all.add(here);
  auto odd = here.repeated(what);
  if (odd.empty()) odd = all.repeated(what);
  if (odd.empty()) {
    columns = std::move(all);
    return false;
  }
  for (auto& x : odd) {
    note_on_type(std::string{misfit_note}, x.column, misfit_text(type->name, x));
  }
  project_type();
  return true;
}

/// Pages of one range have the same columns.
void legacy_run::read_range_again() {
  reading.read_again(std::make_shared<const projection>(what));
  fetch_page();
}

void legacy_run::store_pages(std::int64_t up_to) {
  if (leave_misfits_out()) return read_range_again();
  range.up_to = up_to;
  batch_write write;
  write.import_id = id;
  write.record_type = type->name;
  write.batch = batch->number;
  write.pick_up = batch->counters.picked_up;
  write.range = range;
  write.pages = reading.take_pages();
  write.last = up_to == batch->range.up_to;
  ask_store(write, [this, part = range, written = write.pages](const batch_stored& what_stored) {
    reasons.add_written(written, what_stored.rejected);
    stored(part, what_stored);
  });
}

void legacy_run::stored(const key_range& part, const batch_stored& what_stored) {
  batch->stored += what_stored.stored;
  batch->rejected += what_stored.rejected;
  batch->unchanged += what_stored.unchanged;
  bool last = part.up_to == batch->range.up_to;
  if (last) {
    batch->state = batch_state::completed;
    batch->counters.completed = 1;
    progress->apply(*batch);
    progress->sample(wall_now());
  }
  auto rejected = batch->rejected;
  if (rejected > settings.max_rejected) {
    if (last) batch = nullptr;
    return fail_type({ec::rejected, reasons.too_many(rejected, settings.max_rejected)});
  }
  if (!last) {
    range.after = part.up_to;
    if (walk) return next_range();
    range.up_to = batch->range.up_to;
    return fetch_page();
  }
  batch = nullptr;
  end_type(rejected == 0 ? type_state::completed : type_state::completed_with_errors, "");
}

void legacy_run::end_type(type_state state, const std::string& error) {
  bool is_read = state == type_state::completed || state == type_state::completed_with_errors;
  for (auto& known : lacks)
    if (is_read && !columns_meant(what, known.subject).empty())
      note_on_type(
          "column_back", known.subject,
          fmt::format(
              "the account has column {} of {} again; the next import reads the type whole, until then "
              "what has not been read since lacks its values",
              known.subject, type->name));
  if (reserved) send(self, settings.budget, release_bytes{page_bytes});
  reserved = false;
  type->state = state;
  type->error = error;
  type->finished_at = wall_now();
  ask_store(finish_type{id, *type}, [this](const type_finished& ended) {
    *type = ended.type;
    type_ended_as(*type);
  });
}

void legacy_run::type_ended_as(const type_row& row) {
  if (!end_of_type(row)) return;
  if (is_in(row)) to_index.push_back(row.name);
  go_on();
}

// -- what goes wrong
// ------------------------------------------------------------------------------------------------

void legacy_run::ask_sql(const std::string& sql, std::uint32_t limit, std::uint32_t offset,
                         query_type::user use) {
  queries().ask(make_query_request(settings.account.base_url, sql, limit, offset), std::move(use),
                [this](const call_result& failed) { query_failed(failed); });
}

void legacy_run::query_failed(const call_result& failed) {
  auto& reason = failed.what;
  auto code = reason.code;
  if (stands_in_the_way(code)) return blocked(reason);
  if (code == ec::missing_table || code == ec::permission) {
    batch = nullptr; // what was begun of it is cancelled with the type
    if (is_skip_news) note_on_type(std::string{newly_skipped_note}, {}, newly_skipped_text(type->name));
    note_on_type("type_skipped", type->name, reason.message);
    return end_type(type_state::skipped, reason.message);
  }
  if (batch != nullptr && refuses_the_query(code)) {
    if (reading.must_count()) {
      if (reading.not_counted()) return read_on();
    } else if (reading.refused()) {
      return count_rest();
    }
  }
  if (is_about_the_query(code) && batch == nullptr && type->changed_since != 0) return read_whole(reason);
  if (code == ec::unknown_column) {
    auto column = lower_case(reason.subject);
    auto meant = columns_meant(what, column);
    bool is_lost = std::ranges::find(key_columns, column) != key_columns.end();
    std::erase_if(meant, [&](auto& each) { return is_lost || !can_drop(*described, each); });
    if (!meant.empty()) return drop_columns(meant, reason);
    if (is_lost || is_key_column(*described, column)) {
      batch = nullptr;
      bool is_needed = is_key_column(*described, column);
      note_on_type(std::string{key_unknown_note}, column,
                   is_needed ? key_unknown_text(*described, column, reason.message)
                             : key_lost_text(*described, column, reason.message));
      return end_type(type_state::skipped, reason.message);
    }
  }
  fail_type(reason, failed.response.operation_id);
}

void legacy_run::note_on_type(std::string code, std::string subject, std::string text) {
  note({type->name, std::move(code), std::move(subject), std::move(text), wall_now()});
}

void legacy_run::drop_columns(const std::vector<std::string>& columns, const failure& unknown) {
  for (auto& column : columns) {
    note_on_type("column_dropped", column,
                 fmt::format("the account has no column {} in {}; it is left out: {}", column, type->name,
                             unknown.message));
  }
  project_type();
  if (batch == nullptr) return count_rows();
  read_range_again();
}

void legacy_run::fail_type(const failure& reason, const std::string& operation_id) {
  if (batch == nullptr) return end_type(type_state::failed, reason.message);
  batch->state = batch_state::failed;
  forget_stored(*batch);
  ++batch->counters.failed_attempts;
  batch->error_code = to_string(reason.code);
  batch->error_text = reason.message;
  batch->native_code = reason.native_code;
  batch->operation_id = operation_id;
  tell_monitor(*batch);
  progress->apply(*batch);
  ask_store(end_pick_up{id, *batch, true, wall_now(), {}}, [this, text = reason.message](const done&) {
    batch = nullptr;
    end_type(type_state::failed, text);
  });
}

} // namespace tidemark
