#include "actors/tenant/store.hpp"

#include "actors/clock.hpp"
#include "actors/roll_call.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "config/type_description.hpp"
#include "messages/caf_error.hpp"
#include "messages/store_words.hpp"
#include "netsuite/misfits.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

/// The ledger's answer, with success as `done`.
template <class T>
caf::result<done> only_done(const outcome<T>& x) {
  if (x) return done{};
  return to_caf_error(x.error());
}

pick_up_end to_store(const end_pick_up& end) {
  pick_up_end result{end.batch, std::nullopt, end.children};
  if (end.failed_attempt)
    result.attempt = failed_attempt{end.batch.error_code, end.batch.native_code, end.batch.error_text,
                                    end.batch.operation_id, end.at};
  return result;
}

// NetSuite takes at most 1000 values in a list; a type with more rejected records is read whole.
constexpr std::size_t most_again = 500;

/// What was read as another description has it lacks something. The mark is taken back, for a reason: the end
/// of a sentence.
std::string check_description(type_mark& mark, const record_type& type, const criteria& types) {
  if (mark.watermark == 0) return {};
  auto change = compare_descriptions(mark.description, describe(type, types));
  auto why = !change.breaks.empty()           ? change.breaks
             : !change.breaks_changes.empty() ? change.breaks_changes
             : change.gained.empty()          ? std::string{}
                                              : fmt::format("{} {} new", fmt::join(change.gained, ", "),
                                                   change.gained.size() == 1 ? "is" : "are");
  if (!why.empty()) mark.watermark = 0;
  return why;
}

/// What an account has never had was left out of the key from the start, and noted.
outcome<std::vector<std::string>> key_columns(tenant_store& database, const record_type& type,
                                              const std::vector<import_note>& notes) {
  std::vector<std::string> columns;
  if (type.wide_key.empty()) return columns;
  auto stored = database.sample_live(type.name, 1);
  if (!stored) return std::unexpected(std::move(stored.error()));
  if (stored->empty()) return columns;
  for (auto& name : type.wide_key) {
    auto* part = type.find_field(name);
    if (part == nullptr) continue;
    bool is_left_out = std::ranges::any_of(notes, [&](auto& x) {
      return x.record_type == type.name && x.code == "column_dropped" && x.subject == part->column;
    });
    if (!is_left_out) columns.push_back(part->column);
  }
  return columns;
}

/// Whether the note says that the account has to be asked otherwise than most.
bool is_unusual_way(const import_note& note) {
  auto way = way_of(note);
  return (way && way != column_way::left_out) || note.code == by_keys_note;
}

/// The notes on the type and on a set's parent. In whatever way a column that was left out in the end was
/// refused before, that is no way to ask for it.
std::vector<import_note> unusual_ways(const std::vector<import_note>& notes, const record_type& type) {
  auto was_left_out = [&](auto& x) {
    return std::ranges::any_of(notes, [&](auto& y) {
      return y.code == "column_dropped" && y.record_type == x.record_type && y.subject == x.subject;
    });
  };
  std::vector<import_note> found;
  std::ranges::copy_if(notes, std::back_inserter(found), [&](auto& x) {
    return is_unusual_way(x) && !was_left_out(x)
           && (x.record_type == type.name || (type.set && x.record_type == type.set->parent));
  });
  return found;
}

outcome<table_prepared> prepare(tenant_store& database, store_state& state, const std::string& name) {
  auto* type = state.settings.types->find(name);
  if (type == nullptr)
    return fail(ec::unknown_record_type, fmt::format("no record type {} in the criteria", name), name);
  auto before = database.mark(name);
  if (!before) return std::unexpected(before.error());
  auto why = check_description(*before, *type, *state.settings.types);
  if (auto prepared = database.prepare_table(*type); !prepared) return std::unexpected(prepared.error());
  state.prepared.insert(name);
  auto mark = database.mark(name);
  if (!mark) return std::unexpected(mark.error());
  if (!why.empty()) mark->watermark = 0;
  auto again = database.rejected_keys(name, most_again + 1);
  if (!again) return std::unexpected(again.error());
  if (type->set) {
    auto back = database.parents_back(name, type->set->parent, most_again + 1);
    if (!back) return std::unexpected(back.error());
    again->insert(again->end(), back->begin(), back->end());
    std::ranges::sort(*again);
    again->erase(std::ranges::unique(*again).begin(), again->end());
  }
  bool too_many = again->size() > most_again;
  auto notes = database.schema_notes();
  if (!notes) return std::unexpected(notes.error());
  auto in_key = key_columns(database, *type, *notes);
  if (!in_key) return std::unexpected(std::move(in_key.error()));
  auto ways = unusual_ways(*notes, *type);
  std::erase_if(*notes, [&](auto& x) { return x.record_type != name; });
  std::vector<import_note> left_out, lacks;
  std::ranges::copy_if(*notes, std::back_inserter(left_out), [](auto& x) { return x.code == misfit_note; });
  std::ranges::copy_if(*notes, std::back_inserter(lacks), [](auto& x) { return x.code == "column_dropped"; });
  auto found = std::ranges::find(*notes, "type_skipped", &import_note::code);
  auto skipped = found == notes->end() ? std::nullopt : std::optional{*found};
  auto undated = mark->undated;
  if (auto* parent = type->set ? state.settings.types->find(type->set->parent) : nullptr;
      parent != nullptr && !parent->change_column.empty()) {
    auto of_parent = database.mark(parent->name);
    if (!of_parent) return std::unexpected(of_parent.error());
    undated = of_parent->undated;
  }
  return table_prepared{
      std::move(*mark),    std::move(why),     std::move(*again), too_many,           undated,
      std::move(left_out), std::move(*in_key), std::move(lacks),  std::move(skipped), std::move(ways)};
}

outcome<type_marks> marks(tenant_store& database, const criteria& types, const load_marks& wanted) {
  type_marks result;
  for (auto& name : wanted.record_types) {
    auto mark = database.mark(name);
    if (!mark) return std::unexpected(mark.error());
    if (auto* type = types.find(name))
      if (auto why = check_description(*mark, *type, types); !why.empty())
        result.changed_criteria.emplace(name, std::move(why));
    result.marks.push_back(std::move(*mark));
  }
  auto notes = database.schema_notes();
  if (!notes) return std::unexpected(notes.error());
  std::ranges::copy_if(*notes, std::back_inserter(result.ways), is_unusual_way);
  return result;
}

outcome<type_finished> finish(tenant_store& database, const finish_type& what) {
  auto row = database.finish_type(what.import_id, what.type);
  if (!row) return std::unexpected(row.error());
  type_finished finished{std::move(*row)};
  if (finished.type.taken_from.empty()) return finished;
  auto notes = database.notes_on(what.import_id, what.type.name);
  if (!notes) return std::unexpected(notes.error());
  finished.notes = std::move(*notes);
  return finished;
}

outcome<live_keys> find(tenant_store& database, const find_live& what) {
  auto keys = database.find_live(what.record_type, what.keys, what.by_sets_too);
  if (!keys) return std::unexpected(keys.error());
  return live_keys{std::move(*keys)};
}

outcome<type_finished> settle(tenant_store& database, const settle_missing& what) {
  auto row = database.settle_missing(what.import_id, what.record_type, what.repaired);
  if (!row) return std::unexpected(row.error());
  return type_finished{std::move(*row)};
}

outcome<live_keys> sample(tenant_store& database, const sample_live& what) {
  auto keys = database.sample_live(what.record_type, what.count);
  if (!keys) return std::unexpected(keys.error());
  return live_keys{std::move(*keys)};
}

/// The type may have been run before the process's last death.
outcome<type_finished> settle(tenant_store& database, store_state& state, const settle_gone& what) {
  if (!state.prepared.contains(what.record_type))
    if (auto known = prepare(database, state, what.record_type); !known)
      return std::unexpected(known.error());
  auto row = database.settle_gone(what.import_id, what.record_type, what.keys, what.looked_at);
  if (!row) return std::unexpected(row.error());
  return type_finished{std::move(*row)};
}

outcome<live_keys> load(tenant_store& database, const load_changed_parents& what) {
  auto keys = database.changed_parents(what.set);
  if (!keys) return std::unexpected(keys.error());
  return live_keys{std::move(*keys)};
}

outcome<keys_elsewhere> find(tenant_store& database, const find_elsewhere& what) {
  auto found = database.find_elsewhere(what.record_type, what.keys);
  if (!found) return std::unexpected(found.error());
  return keys_elsewhere{std::move(*found)};
}

outcome<held_list> list(tenant_store& database) {
  auto held = database.list_held();
  if (!held) return std::unexpected(held.error());
  return held_list{std::move(*held)};
}

outcome<held_records> load(tenant_store& database, const load_held& what) {
  auto held = database.held_records(what.import_id, what.record_type);
  if (!held) return std::unexpected(held.error());
  return held_records{std::move(*held)};
}

outcome<held_taken> accept(tenant_store& database, const take_held& what) {
  auto count = database.accept_deletions(what.import_id, what.record_type, what.requested_by, what.shown);
  if (!count) return std::unexpected(count.error());
  return held_taken{*count};
}

outcome<records_deleted> take_away(tenant_store& database, const delete_records& what) {
  auto count = database.delete_records(what.import_id, what.record_type, what.keys);
  if (!count) return std::unexpected(count.error());
  return records_deleted{*count};
}

outcome<void> move_deletes(tenant_store& database, const deletes_read& what) {
  for (auto& name : what.record_types)
    if (auto moved = database.move_deletes(name, what.up_to); !moved) return moved;
  return database.add_to_deletion_log(what.found, what.first_day);
}

outcome<key_counts> count(tenant_store& database, const count_keys& what) {
  auto totals = database.count_keys(what.record_type, what.width, what.range, what.sums);
  if (!totals) return std::unexpected(totals.error());
  return key_counts{std::move(totals->buckets), totals->total,      totals->extent,
                    totals->kept_aside,         totals->kept_older, std::move(totals->sums_left_out)};
}

outcome<import_rows> imports(tenant_store& database, const load_imports& wanted) {
  auto rows =
      wanted.which == import_choice::latest ? database.latest_imports() : database.unfinished_imports();
  if (!rows) return std::unexpected(rows.error());
  return import_rows{std::move(*rows)};
}

outcome<picked_up> pick_up(tenant_store& database, const pick_up_batch& wanted) {
  auto number = database.pick_up(wanted.import_id, wanted.batch);
  if (!number) return std::unexpected(number.error());
  return picked_up{*number};
}

outcome<indexes_left> make_one_index(tenant_store& database, const make_index& wanted) {
  auto left = database.make_next_index(wanted.record_type);
  if (!left) return std::unexpected(left.error());
  return indexes_left{*left};
}

// A file that is being copied over looks damaged for as long as that takes.
constexpr std::chrono::seconds damage_believed{10};
constexpr std::chrono::minutes damage_forgotten{5};

bool is_damaged(const failure& what) {
  return what.code == ec::store_defect && what.native_code == store_words::damaged;
}

bool is_moved(const failure& what) {
  return what.code == ec::store_unavailable && what.native_code == store_words::moved;
}

/// Another file in the place of the database, or under its log, would answer so: whether it is the right one
/// is looked at before anybody believes that.
bool is_doubtful(const failure& what) {
  switch (what.code) {
  case ec::unknown_import:
  case ec::conflict:
  case ec::stale:
  case ec::store_defect:
  case ec::internal: return true;
  default: return false;
  }
}

outcome<past_imports> past(tenant_store& database, const load_past& wanted) {
  auto found = database.past_imports(wanted.record_type, wanted.mode, wanted.limit);
  if (!found) return std::unexpected(found.error());
  return past_imports{std::move(*found)};
}

} // namespace

void store_state::seen(const failure& what) {
  if (what.code != ec::store_unavailable && what.code != ec::store_defect) return;
  ++health.failures;
  health.last = what;
}

template <class Job>
auto store_state::with(Job job) -> decltype(job(std::declval<tenant_store&>())) {
  if (settings.options.hurry.stop_requested())
    return fail(ec::stopping, "whoever asked the database is gone");
  if (damage) return std::unexpected(*damage);
  auto run = [&]() -> decltype(job(std::declval<tenant_store&>())) {
    auto opened = open();
    if (!opened) return std::unexpected(opened.error());
    auto result = job(**opened);
    if (!result && is_doubtful(result.error()))
      if (auto well = (*opened)->check(); !well && (is_moved(well.error()) || !is_damaged(result.error())))
        result = std::unexpected(well.error());
    // What is open is not what people find under its name.
    if (!result && is_moved(result.error())) let_go();
    return result;
  };
  bool was_open = database != nullptr;
  auto result = run();
  if (!result && was_open && !database) result = run();
  if (!result && is_damaged(result.error())) met_damage(result.error());
  if (!result) seen(result.error());
  return result;
}

void store_state::met_damage(failure& what) {
  auto now = std::chrono::steady_clock::now();
  if (!damage_seen || now - damage_seen->second > damage_forgotten) damage_seen.emplace(now, now);
  damage_seen->second = now;
  if (database) database->leave_log();
  let_go();
  if (now - damage_seen->first >= damage_believed)
    damage = what;
  else
    what.code = ec::store_unavailable;
}

void store_state::let_go() {
  if (!database) return;
  database_taken = database->taken();
  database.reset();
}

outcome<std::unique_ptr<tenant_store>> store_state::open_anew() {
  auto how = settings.options;
  how.mine = database_taken;
  auto opened = settings.open(settings.url, how);
  if (!opened) return opened;
  if (!database_taken) {
    auto taken = (*opened)->take_ownership(settings.owner);
    if (!taken) return std::unexpected(taken.error());
  }
  auto known = prepare_again(**opened);
  database_taken = (*opened)->taken();
  if (!known) return std::unexpected(known.error());
  return opened;
}

outcome<void> store_state::prepare_again(tenant_store& opened) {
  for (auto& name : prepared)
    if (auto* type = settings.types->find(name))
      if (auto again = opened.prepare_table(*type); !again) return again;
  return {};
}

outcome<tenant_store*> store_state::open() {
  if (database) return database.get();
  auto opened = open_anew();
  if (!opened) {
    log(log_level::error, "store", "store_not_opened", "{}", render(opened.error()));
    return std::unexpected(opened.error());
  }
  database = std::move(*opened);
  return database.get();
}

void store_state::look() {
  health.is_lost = false;
  health.held.reset();
  health.log_bytes = 0;
  if (damage) return seen(*damage);
  if (!database) return;
  auto found = with([](auto& db) { return db.check(); });
  health.is_lost = !found && found.error().code == ec::fenced;
  if (!found || !database) return;
  health.log_bytes = database->tend_log();
  if (auto held = with([](auto& db) { return db.list_held(); })) health.held = std::move(*held);
}

store_health store_state::present_health() const {
  auto result = health;
  result.taken = database ? database->taken().value_or(ownership{}) : database_taken.value_or(ownership{});
  return result;
}

/// Whoever has gone since gives the mark back by that.
other_owner store_state::find_other_owner() {
  mark.take();
  return {mark.is_held_by_other(), mark.other() ? to_text(*mark.other()) : std::string{},
          mark.fate_of_other()};
}

outcome<void> store_state::release() {
  auto released = with([](auto& db) { return db.release_ownership(); });
  // One that is somebody else's by now is theirs to leave.
  if (released || released.error().code == ec::fenced) mark.let_go();
  bool is_away = !released && (released.error().code == ec::store_unavailable || damage);
  if (!is_away || database || !database_taken) return released;
  if (!note_clean_stop(settings.url, *database_taken)) return released;
  mark.let_go();
  return {};
}

store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self, store_settings settings) {
  name_exceptions(self);
  auto* state = &state_of(self);
  enter_roll(self, fmt::format("the database {}", settings.url));
  state->settings = std::move(settings);
  // Before the database is taken.
  if (auto& beside = state->settings.marked_beside; !beside.empty())
    state->mark = owner_mark{beside, this_process(state->settings.owner, wall_now())};
  auto with = [state](auto job) { return state->with(job); };
  return {
      [=](const create_import& x) {
        return only_done(with([&](auto& db) { return db.create_import(x.row); }));
      },
      [=](const load_import& x) { return to_result(with([&](auto& db) { return db.load_import(x.id); })); },
      [=](const load_imports& x) { return to_result(with([&](auto& db) { return imports(db, x); })); },
      [=](const save_import_state& x) {
        return only_done(with([&](auto& db) {
          return db.set_import_state(x.id, {x.state, x.error, x.started_at, x.finished_at, x.paused_by});
        }));
      },
      [=](const prepare_table& x) {
        return to_result(with([&](auto& db) { return prepare(db, *state, x.record_type); }));
      },
      [=](const save_types& x) {
        return only_done(with([&](auto& db) { return db.save_types(x.import_id, x.types); }));
      },
      [=](const finish_type& x) { return to_result(with([&](auto& db) { return finish(db, x); })); },
      [=](const make_index& x) { return to_result(with([&](auto& db) { return make_one_index(db, x); })); },
      [=](const add_batches& x) {
        return only_done(with([&](auto& db) { return db.add_batches(x.import_id, x.type, *x.batches); }));
      },
      [=](const note_arrival& x) {
        return only_done(with([&](auto& db) { return db.note_arrival(x.import_id, x.batch, x.pick_up); }));
      },
      [=](const pick_up_batch& x) { return to_result(with([&](auto& db) { return pick_up(db, x); })); },
      [=](const batch_write& x) { return to_result(with([&](auto& db) { return db.store_batch(x); })); },
      [=](const end_pick_up& x) {
        return only_done(with([&](auto& db) { return db.end_pick_up(x.import_id, to_store(x)); }));
      },
      [=](const reset_running& x) {
        return only_done(
            with([&](auto& db) { return db.reset_running(x.import_id, x.record_types, x.after_death); }));
      },
      [=](const retry_batches& x) {
        return to_result(with([&](auto& db) { return db.retry(x.import_id, x.batch); }));
      },
      [=](const begin_cancel& x) {
        return to_result(with([&](auto& db) { return db.begin_cancel(x.import_id, x.requested_by, x.at); }));
      },
      [=](const finish_cancel& x) {
        return to_result(with([&](auto& db) { return db.finish_cancel(x.import_id, x.at); }));
      },
      [=](const add_note& x) {
        return only_done(with([&](auto& db) { return db.add_note(x.import_id, x.note); }));
      },
      [=](const load_past& x) { return to_result(with([&](auto& db) { return past(db, x); })); },
      [=](const query_store&) {
        state->mark.take(); // somebody else may have had it
        state->look();
        return state->present_health();
      },
      [=](const query_ownership&) {
        return to_result(with([&](auto&) { return outcome<ownership>{*state->database_taken}; }));
      },
      [=](const find_other_owner&) { return state->find_other_owner(); },
      [=](const release_database&) { return only_done(state->release()); },
      [=](const query_suspension&) {
        return to_result(with([&](auto& db) { return db.present_suspension(); }));
      },
      [=](const save_suspension& x) {
        return only_done(with([&](auto& db) {
          auto well = db.check();
          return well ? db.set_suspension(x.now) : well;
        }));
      },
      [=](const load_marks& x) {
        return to_result(with([&](auto& db) { return marks(db, *state->settings.types, x); }));
      },
      [=](const find_live& x) { return to_result(with([&](auto& db) { return find(db, x); })); },
      [=](const delete_records& x) { return to_result(with([&](auto& db) { return take_away(db, x); })); },
      [=](const deletes_read& x) { return only_done(with([&](auto& db) { return move_deletes(db, x); })); },
      [=](const load_deletion_log&) {
        return to_result(with([](auto& db) { return db.load_deletion_log(); }));
      },
      [=](const count_keys& x) { return to_result(with([&](auto& db) { return count(db, x); })); },
      [=](const leave_out_sums& x) {
        return only_done(
            with([&](auto& db) { return db.leave_out_value_sums(x.record_type, x.sums, x.reason); }));
      },
      [=](const repair_range& x) {
        return to_result(with([&](auto& db) { return db.repair_range(x.what, x.first); }));
      },
      [=](const prune_ledger& x) {
        return only_done(with([&](auto& db) { return db.prune(x.older_than); }));
      },
      [=](const settle_missing& x) { return to_result(with([&](auto& db) { return settle(db, x); })); },
      [=](const take_held& x) { return to_result(with([&](auto& db) { return accept(db, x); })); },
      [=](const find_elsewhere& x) { return to_result(with([&](auto& db) { return find(db, x); })); },
      [=](const find_held&) { return to_result(with([&](auto& db) { return list(db); })); },
      [=](const load_held& x) { return to_result(with([&](auto& db) { return load(db, x); })); },
      [=](const sample_live& x) { return to_result(with([&](auto& db) { return sample(db, x); })); },
      [=](const load_changed_parents& x) { return to_result(with([&](auto& db) { return load(db, x); })); },
      [=](const settle_gone& x) { return to_result(with([&](auto& db) { return settle(db, *state, x); })); },
  };
}

} // namespace tidemark
