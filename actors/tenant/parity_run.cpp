#include "actors/tenant/parity_run.hpp"

#include <algorithm>

#include "actors/clock.hpp"
#include "actors/legacy/legacy_import.hpp"
#include "actors/monitor/journal.hpp"
#include "actors/roll_call.hpp"
#include "actors/supervision.hpp"
#include "actors/tenant/store.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"
#include "messages/promise.hpp"

namespace tidemark {

namespace {

/// In front of the http actor: counts what goes by.
http_actor::behavior_type counter(http_actor::pointer self, http_actor behind,
                                  std::shared_ptr<std::atomic<std::uint64_t>> requests) {
  return {
      [=](const fetch& wanted) {
        ++*requests;
        return delegate_to(self, behind, wanted);
      },
      [=](const cancel_transfer& wanted) { return delegate_to(self, behind, wanted); },
      [=](const query_http& wanted) { return delegate_to(self, behind, wanted); },
      [=](const list_transfers& wanted) { return delegate_to(self, behind, wanted); },
      [](const transfer_ended&) {},
  };
}

} // namespace

std::array<std::string, 2> parity_databases(const std::string& database) {
  auto stem = database.ends_with(".db") ? database.substr(0, database.size() - 3) : database;
  return {stem + ".parity-chunked.db", stem + ".parity-legacy.db"};
}

caf::result<parity_report> parity_state::start(const check_parity& wanted) {
  promise = make_promise<parity_report>(self);
  report.tenant = wanted.tenant;
  report.record_type = wanted.record_type;
  journal = self->spawn<caf::linked>(tidemark::journal, std::uint64_t{0});
  auto urls = parity_databases(settings.database);
  sides[0].system = "chunked";
  sides[1].system = "legacy";
  for (std::size_t i = 0; i < sides.size(); ++i) {
    auto& one = sides[i];
    one.url = urls[i];
    if (auto removed = remove_store(one.url); !removed) {
      fail_with(removed.error()); // of a comparison that was cut off
      return promise;
    }
    store_settings database{one.url, settings.node, settings.base.types};
    database.options.hurry = end_of(self);
    one.store = settings.store_thread ? self->spawn<caf::detached + caf::linked>(store, std::move(database))
                                      : self->spawn<caf::linked>(store, std::move(database));
    one.http = self->spawn<caf::linked>(counter, settings.base.account.http, one.requests);
  }
  log(log_level::info, "parity", "parity_begun", "{} of tenant {} is imported by both paths, for {}",
      report.record_type, report.tenant, wanted.requested_by);
  run(import_mode::full);
  return promise;
}

void parity_state::run(import_mode mode) {
  auto& one = sides[at];
  import_row row;
  row.tenant = report.tenant;
  row.record_type = report.record_type;
  row.mode = mode;
  row.system = one.system;
  row.requested_at = wall_now();
  row.requested_by = "parity";
  row.how_urgent = urgency::scheduled;
  row.id = new_import_id(row.tenant, row.requested_at);
  request(self, one.store, caf::infinite, create_import{row})
      .then(
          [this, row](const done&) {
            auto& on = sides[at];
            auto with = settings.base;
            with.store = on.store;
            with.journal = journal;
            with.monitor = nullptr; // it knows nothing of these imports
            with.account.http = on.http;
            with.account.how_urgent = row.how_urgent;
            auto begin = [&](auto how) {
              return self->spawn<caf::linked + caf::monitored>(how, row, std::move(with),
                                                               import_parent{parity_actor{self}});
            };
            on.import = on.system == "legacy" ? begin(legacy_import) : begin(import);
          },
          [this](const caf::error& error) { fail_with(to_failure(error)); });
}

void parity_state::grant(const claim_types& claim) {
  for (auto& type : claim.types)
    send(self, sides[at].import, claim_decided{claim_decided::how::granted, type.name, {}, {}});
}

void parity_state::import_over(const import_ended& ended) {
  auto& status = ended.status;
  sides[at].import = nullptr;
  bool good = status.state == import_state::completed || status.state == import_state::completed_with_errors;
  if (!again) {
    path_run run;
    run.system = sides[at].system;
    run.state = status.state;
    run.error = status.error;
    run.milliseconds = static_cast<std::uint64_t>(std::max<unix_ms>(wall_now() - status.started_at, 0));
    run.requests = *sides[at].requests;
    run.records = status.records.stored;
    report.paths.push_back(std::move(run));
  }
  if (!good && again)
    return fail_with(
        {ec::internal, fmt::format("the rows that differ could not be looked at again: the {} path ended "
                                   "as {}: {}",
                                   sides[at].system, to_string(status.state), status.error)});
  if (!good) return answer();
  if (at == 0) {
    at = 1;
    return run(again ? import_mode::incremental : import_mode::full);
  }
  compare();
}

void parity_state::compare() {
  if (!comparison) {
    auto opened = compare_stores(sides[0].url, sides[1].url);
    if (!opened) return fail_with(opened.error());
    comparison = std::move(*opened);
  }
  auto compared = comparison->compare();
  if (!compared) return fail_with(compared.error());
  report.types = std::move(*compared);
  std::uint64_t differences = 0;
  for (auto& type : report.types) differences += type.differences;
  if (again || differences == 0) return answer();
  again = true;
  report.looked_at_again = differences;
  at = 0;
  run(import_mode::incremental);
}

void parity_state::answer() {
  std::uint64_t differences = 0;
  for (auto& type : report.types) differences += type.differences;
  log(log_level::info, "parity", "parity_over", "{} of tenant {}: {} rows differ between the paths",
      report.record_type, report.tenant,
      report.types.empty() ? "an unknown number of" : std::to_string(differences));
  clean_up(); // whoever is answered finds nothing of it any more
  promise.deliver(report);
}

void parity_state::fail_with(const failure& what) {
  log(log_level::error, "parity", "parity_failed", "{} of tenant {}: {}", report.record_type, report.tenant,
      render(what));
  clean_up();
  promise.deliver(to_caf_error(what));
}

/// Whatever holds the files goes first.
void parity_state::clean_up() {
  comparison.reset();
  for (auto& one : sides) {
    if (one.import) self->send_exit(one.import, caf::exit_reason::kill);
    if (one.http) self->send_exit(one.http, caf::exit_reason::user_shutdown);
    if (one.store) self->send_exit(one.store, caf::exit_reason::user_shutdown);
    if (auto removed = remove_store(one.url); !removed)
      log(log_level::warning, "parity", "parity_left_behind", "{}", render(removed.error()));
  }
  if (journal) self->send_exit(journal, caf::exit_reason::user_shutdown);
  self->quit();
}

void parity_state::child_down(const caf::down_msg& down) {
  auto& import = sides[at].import;
  if (!import || down.source != import.address()) return;
  import = nullptr;
  fail_with({ec::internal, fmt::format("the import by the {} path could not be kept alive: {}",
                                       sides[at].system, death_text(down.reason))});
}

parity_actor::behavior_type parity(parity_actor::stateful_pointer<parity_state> self,
                                   parity_settings settings, caf::actor_addr parent) {
  name_exceptions(self);
  auto* state = &state_of(self);
  enter_roll(self, fmt::format("the comparison of the paths of {}", settings.database));
  state->settings = std::move(settings);
  self->set_down_handler([state](const caf::down_msg& down) { state->child_down(down); });
  survive_children(self, parent);
  return {
      [state](const claim_types& claim) { state->grant(claim); },
      [](const type_ended&) {},
      [state](const import_ended& ended) { state->import_over(ended); },
      [state](const check_parity& wanted) { return state->start(wanted); },
  };
}

} // namespace tidemark
