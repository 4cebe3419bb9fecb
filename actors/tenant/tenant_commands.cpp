/// What people ask of a tenant's imports. Every command goes through the roster; every answer finds its
/// promise by its ticket.
#include <algorithm>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/tenant/held_check.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

/// What could never start: of a record type that nobody knows, or with options that mean nothing in its mode,
/// which are refused rather than passed over.
outcome<void> check(const start_import& wanted, const criteria& types) {
  if (auto graph = resolve(types, wanted.record_type); !graph) return std::unexpected(graph.error());
  bool incremental = wanted.mode == import_mode::incremental;
  if (!incremental && wanted.options.since != 0)
    return fail(ec::bad_request, "a time to begin with needs an incremental import", "since");
  if (!incremental && wanted.options.reconcile)
    return fail(ec::bad_request,
                "only an incremental import needs to reconcile: a full one finds all that is gone",
                "reconcile");
  if (wanted.mode != import_mode::verify && wanted.options.deep != 0)
    return fail(ec::bad_request, "only a comparison by itself (verify) can be deep", "deep");
  if (wanted.options.since < 0 || wanted.options.since > wall_now())
    return fail(ec::bad_request, "the time to begin with must have passed", "since");
  return {};
}

} // namespace

// -- commands
// ---------------------------------------------------------------------------------------------------

template <class Answer, class Command>
caf::result<Answer> tenant_state::order(Command command) {
  auto promise = make_promise<Answer>(self);
  auto who = ++last_ticket;
  waiting.emplace(who, promise);
  // A command is written when the ledger is read, and not before.
  auto nothing_done = [](const caf::error& error) {
    auto why = to_failure(error);
    why.message += std::is_same_v<Answer, import_status> ? "; nothing was started or changed" : "";
    return to_caf_error(std::move(why));
  };
  when_read([this, command, who] { carry_out(command(who)); },
            [this, who, nothing_done](const caf::error& error) { refuse(who, nothing_done(error)); });
  return promise;
}

void tenant_state::when_read(std::function<void()> then, std::function<void(const caf::error&)> otherwise) {
  if (roster->is_loaded()) return then();
  if (auto no = roster->refusal("reads no ledger")) return otherwise(to_caf_error(*no));
  unread.push_back({std::move(then), std::move(otherwise)});
  // Nobody is left waiting for the next look at a database that was away.
  if (unreadable) load();
}

void tenant_state::refuse_unread(const failure& why) {
  for (auto& command : std::exchange(unread, {})) command.refuse(to_caf_error(why));
}

caf::result<import_status> tenant_state::start_import(const struct start_import& wanted) {
  if (auto sound = check(wanted, *settings.types); !sound) return to_caf_error(sound.error());
  return order<import_status>([this, wanted](ticket who) {
    read_limit();
    import_row row;
    row.tenant = settings.config.id;
    row.record_type = wanted.record_type;
    row.mode = wanted.mode;
    row.options = wanted.options;
    // Ids are in the order of time, and who comes first is decided by that.
    row.requested_at = last_request = std::max(wall_now(), last_request + 1);
    row.requested_by = wanted.requested_by;
    row.how_urgent = wanted.how_urgent;
    row.id = new_import_id(row.tenant, row.requested_at);
    return roster->start(wanted, std::move(row), who);
  });
}

caf::result<done> tenant_state::could_start(const struct start_import& wanted) {
  if (auto sound = check(wanted, *settings.types); !sound) return to_caf_error(sound.error());
  return when_read<done>([this](auto promise) {
    if (auto no = roster->refusal("takes no new imports")) return promise.deliver(to_caf_error(*no));
    promise.deliver(done{});
  });
}

caf::result<import_status> tenant_state::pause(const pause_import& wanted) {
  return order<import_status>(
      [this, wanted](ticket who) { return roster->pause(wanted.id, wanted.requested_by, who); });
}

caf::result<import_status> tenant_state::resume(const resume_import& wanted) {
  return order<import_status>([this, wanted](ticket who) {
    log(log_level::info, "tenant", "import_resume", "import {} is to go on, resumed by {}", wanted.id,
        wanted.requested_by);
    return roster->resume(wanted.id, who);
  });
}

caf::result<import_status> tenant_state::retry(const retry_import& wanted) {
  return order<import_status>([this, wanted](ticket who) {
    return roster->retry(wanted.id, wanted.batch, wanted.requested_by, who);
  });
}

/// What was not seen then may be seen now: the account is asked before anything goes. Nothing is written
/// until it has told of everything, so whoever dies in between leaves all as it was.
caf::result<import_status> tenant_state::accept(const accept_deletions& wanted) {
  return when_read<import_status>([this, wanted](auto promise) {
    request(self, store, caf::infinite, load_held{wanted.id, wanted.record_type})
        .then([this, promise, wanted](held_records& held) { ask_for_held(wanted, std::move(held), promise); },
              [this, promise](const caf::error& error) {
                database_seen(to_failure(error));
                promise.deliver(error);
              });
  });
}

void tenant_state::ask_for_held(const accept_deletions& wanted, held_records held,
                                answer_promise<import_status> promise) {
  if (std::ranges::all_of(held.types, [](auto& type) { return type.keys.empty(); }))
    return take_held_away(wanted, {}, promise);
  auto refuse_for = [promise, id = wanted.id](failure why) {
    why.message = fmt::format("none of the deletions that import {} holds is carried out, since the account "
                              "could not be asked whether it shows these records again; try again later: {}",
                              id, why.message);
    promise.deliver(to_caf_error(why));
  };
  constexpr auto doing = "asks for no records that are held";
  if (auto no = no_guests(doing)) return refuse_for(*no);
  auto run = self->spawn<caf::linked>(
      held_check, held_check_settings{settings.types, account, store, settings.retry.max_attempts});
  auto guest = caf::actor_cast<caf::actor>(run);
  guests.insert(guest);
  request(self, run, caf::infinite, find_shown{std::move(held.types)})
      .then(
          [this, promise, guest, wanted](shown_records& found) {
            guests.erase(guest);
            take_held_away(wanted, std::move(found.shown), promise);
          },
          [this, guest, refuse_for](const caf::error& error) {
            guests.erase(guest);
            // It was sent away.
            auto no = no_guests(doing);
            refuse_for(no ? *no : to_failure(error));
          });
}

void tenant_state::take_held_away(const accept_deletions& wanted, std::vector<type_keys> shown,
                                  answer_promise<import_status> promise) {
  request(self, store, caf::infinite,
          take_held{wanted.id, wanted.record_type, wanted.requested_by, std::move(shown)})
      .then(
          [this, promise, wanted](const held_taken& taken) {
            log(log_level::info, "tenant", "deletions_accepted",
                "import {}: {} deletions carried out, accepted by {}", wanted.id, taken.count,
                wanted.requested_by);
            answer_with_status(
                wanted.id, [promise](const import_status& status) { promise.deliver(status); },
                [promise](const caf::error& error) { promise.deliver(error); });
          },
          [this, promise](const caf::error& error) {
            database_seen(to_failure(error));
            promise.deliver(error);
          });
}

caf::result<cancel_receipt> tenant_state::cancel(const cancel_import& wanted) {
  return order<cancel_receipt>([this, wanted, at = wall_now()](ticket who) {
    return roster->cancel_import(wanted.id, wanted.requested_by, who, at);
  });
}

// -- answers
// ----------------------------------------------------------------------------------------------------

template <class Answer>
void tenant_state::deliver(ticket who, const Answer& what) {
  auto found = waiting.extract(who);
  if (!found) return; // asked by nobody, or answered already
  if (auto* promise = std::get_if<answer_promise<Answer>>(&found.mapped())) promise->deliver(what);
  close_database_if_at_rest();
}

template void tenant_state::deliver(ticket who, const import_status& what);
template void tenant_state::deliver(ticket who, const cancel_receipt& what);

void tenant_state::refuse(ticket who, const caf::error& why) {
  auto found = waiting.extract(who);
  if (!found) return;
  std::visit([&](auto& promise) { promise.deliver(why); }, found.mapped());
  close_database_if_at_rest();
}

caf::result<import_status> tenant_state::query(const query_import& wanted) {
  auto promise = make_promise<import_status>(self);
  answer_with_status(
      wanted.id, [promise](const import_status& status) { promise.deliver(status); },
      [promise](const caf::error& error) { promise.deliver(error); });
  return promise;
}

/// From whoever runs it, or from the ledger.
void tenant_state::answer_with_status(const std::string& import_id,
                                      std::function<void(const import_status&)> then,
                                      std::function<void(const caf::error&)> otherwise) {
  auto from_ledger = [this, import_id, then, otherwise] {
    auto found = [this, then](const ledger_snapshot& snapshot) { then(seen(status_of(snapshot))); };
    // What is unfinished is known here too, if not in detail.
    auto missed = [this, import_id, then, otherwise](const caf::error& error) {
      auto* row = roster->row(import_id);
      if (row != nullptr && to_failure(error).code == ec::unknown_import) look_at_database([] {});
      if (row != nullptr)
        then(seen(import_progress{*row}.status(wall_now())));
      else
        otherwise(error);
    };
    ask_reader(query_import{import_id}, found, missed);
  };
  auto found = actors.find(import_id);
  if (found == actors.end()) return from_ledger();
  request(self, found->second, caf::infinite, query_status{}).then(then, [from_ledger](const caf::error&) {
    from_ledger();
  }); // it ended or died in this very moment
}

/// An import may be held, or wait, without having been able to write that down.
import_status tenant_state::seen(import_status status) const {
  if (roster->lost_to().code != ec::none && !is_final(status.state)) status.error = roster->lost_to().message;
  auto known = roster->shown(status.id);
  if (!known || is_final(status.state)) return status;
  status.state = known->state;
  status.paused_by = known->paused_by;
  status.error = known->error;
  return status;
}

caf::result<import_list> tenant_state::list(const list_imports& wanted) {
  auto promise = make_promise<import_list>(self);
  ask_reader(wanted, promise, [this, promise](import_summaries& found) {
    auto result = std::make_shared<import_list>();
    result->next = std::move(found.next);
    // Goes with the last answer of a running import.
    auto deliver =
        std::shared_ptr<void>{nullptr, [promise, result](void*) { promise.deliver(std::move(*result)); }};
    for (auto& summary : found.imports) {
      auto at = result->imports.size();
      result->imports.push_back(seen(head_of(summary)));
      auto running = actors.find(summary.import.id);
      if (running == actors.end()) continue;
      request(self, running->second, caf::infinite, query_status{})
          .then(
              [result, deliver, at](import_status& status) {
                status.types.clear();
                status.notes.clear();
                result->imports[at] = std::move(status);
              },
              // It ended or died in this very moment: the ledger's word stands.
              [deliver](const caf::error&) {});
    }
  });
  return promise;
}

} // namespace tidemark
