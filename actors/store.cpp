#include "actors/store.hpp"

#include "config/logging.hpp"
#include "messages/caf_error.hpp"

namespace tidemark {

namespace {

/// The ledger's answer, with success as `done`.
template <class T>
caf::result<done> only_done(const outcome<T>& x) {
  if (x) return done{};
  return to_caf_error(x.error());
}

pick_up_end to_store(const end_pick_up& end) {
  pick_up_end result{end.batch, std::nullopt, {}};
  if (end.failed_attempt)
    result.attempt = failed_attempt{end.batch.error_code, end.batch.error_code, end.batch.error_text,
                                    end.batch.operation_id, end.at};
  return result;
}

outcome<void> prepare(tenant_store& database, const store_state& state, const std::string& name) {
  auto* type = state.settings.types->find(name);
  if (type == nullptr)
    return fail(ec::unknown_record_type, fmt::format("no record type {} in the criteria", name), name);
  return database.prepare_table(*type);
}

outcome<import_rows> imports(tenant_store& database, const load_imports& wanted) {
  auto rows = wanted.unfinished ? database.unfinished_imports() : database.list_imports(wanted.limit);
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

} // namespace

outcome<tenant_store*> store_state::open() {
  if (database) return database.get();
  auto opened = settings.open(settings.url);
  if (opened) {
    if (auto taken = (*opened)->take_ownership(settings.owner); !taken)
      opened = std::unexpected(taken.error());
    else if (!database_taken)
      database_taken = *taken;
  }
  if (!opened) {
    log(log_level::error, "store", "store_not_opened", "{}", render(opened.error()));
    return std::unexpected(opened.error());
  }
  database = std::move(*opened);
  return database.get();
}

store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self, store_settings settings) {
  auto* state = &state_of(self);
  state->settings = std::move(settings);
  // Runs `job` on the open database; the answer is whatever `job` returns, or why the database is not open.
  auto with = [state](auto job) -> decltype(job(std::declval<tenant_store&>())) {
    auto database = state->open();
    if (!database) return std::unexpected(database.error());
    return job(**database);
  };
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
        return only_done(with([&](auto& db) { return prepare(db, *state, x.record_type); }));
      },
      [=](const save_types& x) {
        return only_done(with([&](auto& db) { return db.save_types(x.import_id, x.types); }));
      },
      [=](const finish_type& x) {
        return only_done(with([&](auto& db) { return db.finish_type(x.import_id, x.type); }));
      },
      [=](const make_index& x) { return to_result(with([&](auto& db) { return make_one_index(db, x); })); },
      [=](const add_batches& x) {
        return only_done(with([&](auto& db) { return db.add_batches(x.import_id, x.type, x.batches); }));
      },
      [=](const pick_up_batch& x) { return to_result(with([&](auto& db) { return pick_up(db, x); })); },
      [=](const batch_write& x) { return to_result(with([&](auto& db) { return db.store_batch(x); })); },
      [=](const end_pick_up& x) {
        return only_done(with([&](auto& db) { return db.end_pick_up(x.import_id, to_store(x)); }));
      },
      [=](const reset_running& x) {
        return only_done(with([&](auto& db) { return db.reset_running(x.import_id, x.record_types); }));
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
      [=](const query_ownership&) {
        return to_result(with([&](auto&) { return outcome<ownership>{*state->database_taken}; }));
      },
      [=](const release_database&) {
        return only_done(with([&](auto& db) { return db.release_ownership(); }));
      },
  };
}

} // namespace tidemark
