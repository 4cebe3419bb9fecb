/// One run: decides what begins when, folds the facts of its waves into the status, and ends the import.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/failure_reach.hpp"
#include "actors/import/finishing_steps.hpp"
#include "actors/import/import_facts.hpp"
#include "actors/import/import_progress.hpp"
#include "actors/import/import_waiters.hpp"
#include "actors/import/solitude_turns.hpp"
#include "actors/request/netsuite_call.hpp"
#include "actors/supervision.hpp"
#include "actors/wave/wave.hpp"
#include "config/criteria.hpp"
#include "config/dependency_graph.hpp"
#include "messages/caf_error.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/inside/wave.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

/// What every import of a tenant is made of.
struct import_settings {
  std::shared_ptr<const criteria> types;
  account_services account;
  store_actor store;
  budget_actor budget;
  journal_actor journal;
  std::uint32_t slots = 5; ///< the account's limit, until the pool has told it
  retry_options retry;
  patience_times patience{};
  planning_mode planning = planning_mode::automatic;
  std::chrono::minutes look_back{24 * 60};
  page_size_options pages{};
  std::uint64_t max_rejected = 1000; ///< records of a type, before it fails
  monitor_actor monitor = {};        ///< may be none
  /// An actor of the same import died before this one. Whatever else cut it off (its database was away, a
  /// pause that could not be written down) is no death of its batches; the death of a process is known to the
  /// ledger.
  bool after_death = false;
};

/// Always starts from the ledger: a new import is a row in state queued, a resumed one has types and batches
/// as well.
struct import_run {
  explicit import_run(import_actor::stateful_pointer<import_run> actor) : self(actor) {}

  void start(const import_row& row, import_settings with, import_parent parent);
  /// How it stands; answered once the ledger has been read, since before that it would seem to have nothing.
  caf::result<import_status> status();
  caf::result<cancel_receipt> cancel(const cancel_import& wanted);
  caf::result<done> halt(const halt_import& wanted);
  void grace_over();
  void claimed(const claim_decided& decided);
  void plan_event(const batches_planned& planned);
  void batch_event(const batch_changed& changed);
  void tell_monitor(const batch_row& row);
  void type_event(const type_changed& changed);
  void note_event(const note_added& added);
  void blocked(const import_blocked& what);
  void stopped(const branch_stopped& branch);
  void child_down(const caf::down_msg& down);
  void verified(const type_verified& found);
  void deletions_over(const deletions_done& found);
  void solitude_told(const solitude& step);
  caf::result<blocker_list> blockers();
  child_list list_children() const;
  /// To whoever waits for an answer, when the actor dies.
  void fail_waiting(const caf::error& reason) { waiters.fail(reason); }

  static inline const char* name = "import";

private:
  /// Why the branch below is being stopped; decides what the import becomes once it has.
  enum class ending : std::uint8_t { none, cancel, pause, node_stops, fail };

  // beginning
  void loaded(const ledger_snapshot& snapshot);
  void resolve_graph();
  void review_plan();
  void ask_server_time(int attempts, bool refused = false);
  void server_time_known(unix_ms server_time);
  void go_on();
  void run();
  void learn_slots();
  void begin_types();
  bool end_broken_types();

  // running
  void spawn_wave(std::uint32_t wave);
  void claim_main_type();
  void run_ready_types();
  bool is_ready(const std::string& record_type) const;
  std::uint64_t first_number_of(const std::string& record_type) const;
  void finish_indexes(const std::string& record_type);
  void index_table(const std::string& record_type);
  void finish_if_all_over();
  void begin_type_in_wave(const std::string& record_type);
  void fold(const type_row& row);
  void type_over(const type_row& row);
  void rebuild_wave(std::uint32_t wave);
  void wave_died(std::uint32_t wave, const caf::error& reason);
  void claim(const std::string& record_type);

  // finishing: in import_finishing.cpp
  void prepare(const std::string& record_type, std::function<void(const table_prepared&)> then);
  void fail_type(const std::string& record_type, const std::string& error);
  struct finisher {
    std::string record_type; ///< that it verifies; empty for the deletion run
    finishing_actor actor;
    bool reported = false;
  };
  void type_is_in(const type_row& row);
  bool finish_more();
  void start_verifiers();
  void verify_alone(const std::string& record_type);
  void start_verifier(const std::string& record_type);
  void read_deletions(std::vector<std::string> record_types);
  void adopt(finishing_actor actor, const std::string& record_type);
  void mark_reported();
  void finisher_down(finisher gone, const caf::error& reason);
  void pass_on(const solitude_turns::orders& orders);

  // ending: in import_ending.cpp
  void stop_branch_for(ending why, failure what, bool drain = false);
  void stop_children(bool drain);
  bool is_childless() const { return waves.empty() && finishers.empty(); }
  void branch_is_down();
  void finish_cancelled();
  void finish(import_state state, const std::string& error);
  void ended();

  template <class Message, class Then>
  void ask_store(Message message, Then then);
  template <class Then, class Unfit>
  void prepare(const std::string& record_type, Then then, Unfit unfit);
  void store_failed(const failure& what);
  void type_failed(const type_row& row);
  void change_state(import_state state, const std::string& error, std::function<void()> then);
  void tell(std::string kind, std::uint64_t batch = 0, const std::string& record_type = {},
            const import_note* note = nullptr);

  import_actor::stateful_pointer<import_run> self;
  std::string id;
  import_settings settings;
  import_parent tenant;
  std::optional<import_progress> progress;
  bool loaded_from_ledger = false;
  std::optional<dependency_graph> graph;
  std::optional<netsuite_call> call;
  std::map<std::string, std::vector<batch_row>>
      ledger_batches; ///< of a resumed import, until its types begin
  std::map<std::string, std::vector<std::string>> dropped_columns;
  std::map<std::string, std::string> broken; ///< types that the criteria have changed under it, and how
  std::set<std::pair<std::string, std::string>> noted;
  std::map<std::uint32_t, wave_actor> waves;
  std::map<std::uint32_t, restart_intensity> restarts;
  solitude_turns turns;
  type_names started; ///< may run, or has ended
  type_names granted; ///< to be run by this import
  bool main_claimed = false;
  std::uint32_t indexing = 0; ///< tables whose indexes are being made
  type_names completed;       ///< ended so that others may begin
  std::optional<finishing_steps> steps;
  std::map<caf::actor_addr, finisher> finishers;
  std::map<std::string, restart_intensity> finisher_restarts; ///< by record type; empty for deletions
  std::vector<std::string> deletion_types;                    ///< that the deletion run covers
  ending why = ending::none;
  failure why_ended;
  pause_cause paused_by = pause_cause::none;
  import_waiters waiters;
  bool over = false;
};

template <class Message, class Then>
void import_run::ask_store(Message message, Then then) {
  request(self, settings.store, caf::infinite, std::move(message))
      .then(std::move(then), [this](const caf::error& error) { store_failed(to_failure(error)); });
}

/// Makes or completes the table of a record type; `unfit` gets a refusal that is about this table alone.
template <class Then, class Unfit>
void import_run::prepare(const std::string& record_type, Then then, Unfit unfit) {
  request(self, settings.store, caf::infinite, prepare_table{record_type})
      .then([then = std::move(then)](const table_prepared& table) { then(table); },
            [this, unfit = std::move(unfit)](const caf::error& error) {
              auto what = to_failure(error);
              if (refuses_the_type(what.code)) return unfit(what);
              store_failed(what);
            });
}

/// Linked to its tenant and its waves. `row` is the import's row in the ledger. Ends when the ledger holds
/// its final state, or `paused`, or when the node stops.
import_actor::behavior_type import(import_actor::stateful_pointer<import_run> self, import_row row,
                                   import_settings settings, import_parent parent);

} // namespace tidemark
