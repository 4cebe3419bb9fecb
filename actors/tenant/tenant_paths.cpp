/// The tenant's choice between the two paths of an import, and what compares them.
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/legacy/legacy_import.hpp"
#include "actors/tenant/parity_run.hpp"
#include "actors/tenant/tenant.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/import_id.hpp"
#include "messages/promise.hpp"
#include "store/store_comparison.hpp"

namespace tidemark {

namespace {

/// The path of a new import, as `import_row::system` names it.
const char* system_for(const flag_decision& decision) { return decision.enabled ? "chunked" : "legacy"; }

// The flag is answered from memory where the control database is away, but it may take that long to find out.
// Shorter than whoever asked for the import waits, who is to be told why there is none.
constexpr auto flag_patience = std::chrono::seconds{10};

failure flag_failure(const caf::error& error) {
  if (error == caf::sec::request_timeout)
    return {ec::store_unavailable,
            "the control database gives no answer, so the import's path cannot be decided; it "
            "may be locked, the log says more"};
  return to_failure(error);
}

/// Whoever asked for an import is to know that there is none.
failure nothing_started(failure why) {
  why.message += "; nothing was started";
  return why;
}

} // namespace

/// An import keeps the path that it has begun on; only a new one is decided about.
void tenant_state::carry(const import_roster::create& what) {
  // A comparison with the account is the same for either path.
  if (what.row.mode == import_mode::verify) {
    flag_decision chunked;
    chunked.enabled = true;
    return create_on_path(what.row, chunked);
  }
  request(self, settings.flags, flag_patience, explain_flag{chunked_import_flag, settings.config.id})
      .then([this, row = what.row](const flag_decision& decision) { create_on_path(row, decision); },
            [this, id = what.row.id](const caf::error& error) {
              carry_out(roster->not_created(id, nothing_started(flag_failure(error))));
            });
}

void tenant_state::create_on_path(import_row row, const flag_decision& decision) {
  if (!roster->path_decided(row.id)) return; // the tenant stops, or has lost its database
  row.system = system_for(decision);
  request(self, store, caf::infinite, create_import{row})
      .then(
          [this, row, why = decision.reason](const done&) {
            log(log_level::info, "tenant", "import_requested",
                "{} import {} of {} for tenant {} by {}, {}{}{}", to_string(row.mode), row.id,
                row.record_type, row.tenant, row.requested_by, row.system, why.empty() ? "" : ": ", why);
            database_seen(std::nullopt);
            carry_out(roster->created(row));
          },
          [this, id = row.id](const caf::error& error) {
            database_seen(to_failure(error));
            carry_out(roster->not_created(id, nothing_started(to_failure(error))));
          });
}

caf::result<plan_report> tenant_state::plan(const plan_import& wanted) {
  return when_read<plan_report>([this, wanted](auto promise) { begin_plan(wanted, promise); });
}

void tenant_state::begin_plan(const plan_import& wanted, answer_promise<plan_report> promise) {
  if (auto no = no_guests("plans nothing")) return promise.deliver(to_caf_error(*no));
  auto fail_with = [this, promise](const caf::error& error) {
    // It was sent away.
    auto no = no_guests("plans nothing");
    promise.deliver(no ? to_caf_error(*no) : error);
  };
  request(self, settings.flags, flag_patience, explain_flag{chunked_import_flag, settings.config.id})
      .then(
          [this, wanted, promise, fail_with](const flag_decision& decision) {
            if (auto no = roster->refusal("plans nothing")) return promise.deliver(to_caf_error(*no));
            auto run = self->spawn<caf::linked>(
                plan_run, plan_run_settings{settings.types, account, store, settings.config.planning,
                                            settings.retry.max_attempts, settings.config.look_back,
                                            system_for(decision)});
            auto guest = caf::actor_cast<caf::actor>(run);
            guests.insert(guest);
            request(self, run, caf::infinite, wanted)
                .then(
                    [this, promise, guest](const plan_report& report) {
                      guests.erase(guest);
                      promise.deliver(report);
                    },
                    [this, guest, fail_with](const caf::error& error) {
                      guests.erase(guest);
                      fail_with(error);
                    });
          },
          fail_with);
}

// -- both paths
// ------------------------------------------------------------------------------------------------------

std::string tenant_state::database_url() const { return "sqlite:" + settings.config.database.location; }

/// What a comparison left behind that was cut off.
void tenant_state::remove_comparison() const {
  for (auto& url : parity_databases(database_url()))
    if (auto removed = remove_store(url); !removed)
      log(log_level::warning, "tenant", "parity_left_behind", "{}", render(removed.error()));
}

caf::result<parity_report> tenant_state::compare_paths(const check_parity& wanted) {
  if (auto graph = resolve(*settings.types, wanted.record_type); !graph) return to_caf_error(graph.error());
  return when_read<parity_report>([this, wanted](auto promise) { begin_comparison(wanted, promise); });
}

void tenant_state::begin_comparison(const check_parity& wanted, answer_promise<parity_report> promise) {
  if (auto no = roster->refusal("compares nothing")) return promise.deliver(to_caf_error(*no));
  if (comparing)
    return promise.deliver(to_caf_error(
        {ec::conflict, "the paths of this tenant are being compared already: wait for the end of that",
         settings.config.id}));
  parity_settings with{settings_of({}), settings.node, database_url(), settings.store_thread};
  auto parent = self->address();
  comparing = settings.store_thread
                  ? self->spawn<caf::detached + caf::linked>(parity, std::move(with), parent)
                  : self->spawn<caf::linked>(parity, std::move(with), parent);
  compared_type = wanted.record_type;
  auto guest = caf::actor_cast<caf::actor>(comparing);
  guests.insert(guest);
  request(self, comparing, caf::infinite, wanted)
      .then(
          [this, promise, guest](const parity_report& report) {
            guests.erase(guest);
            comparing = nullptr;
            promise.deliver(report);
          },
          [this, promise, guest](const caf::error& error) {
            guests.erase(guest);
            comparing = nullptr;
            remove_comparison();
            auto no = roster->refusal("compares nothing");
            promise.deliver(no ? to_caf_error(*no) : error);
          });
}

/// Why nobody may ask the account for what people wait for, or was sent away from it. `doing` as in
/// `import_roster::refusal`.
std::optional<failure> tenant_state::no_guests(std::string_view doing) const {
  if (auto no = roster->refusal(doing)) return no;
  if (unavailable.code == ec::none) return std::nullopt;
  return failure{unavailable.code, unavailable.message + "; try again when it does", unavailable.subject};
}

/// Whoever asks the account for a plan or a comparison. What they have open there is closed by the pool.
void tenant_state::send_guests_away() {
  for (auto& guest : guests) self->send_exit(guest, caf::exit_reason::kill);
}

} // namespace tidemark
