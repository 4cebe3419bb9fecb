/// What both paths of an import do alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/failure_reach.hpp"
#include "actors/import/finishing_steps.hpp"
#include "actors/import/import_facts.hpp"
#include "actors/import/import_progress.hpp"
#include "actors/import/import_waiters.hpp"
#include "actors/request/netsuite_call.hpp"
#include "actors/supervision.hpp"
#include "actors/wave/batch.hpp"
#include "actors/wave/batch_life_cycle.hpp"
#include "actors/wave/page_size.hpp"
#include "config/criteria.hpp"
#include "config/dependency_graph.hpp"
#include "config/node_config.hpp"
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
#include "netsuite/projection.hpp"

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

/// Reads the ledger, plans, folds facts into the status, writes down what verifier and deletion run say,
/// answers whoever asks, and ends. How the records come in between is the path's, which derives from it.
///
/// Always starts from the ledger: a new import is a row in state queued, a resumed one has types and batches
/// as well.
class import_shell {
public:
  explicit import_shell(import_actor::pointer actor) : self(actor) {}
  import_shell(const import_shell&) = delete;
  import_shell& operator=(const import_shell&) = delete;
  virtual ~import_shell() = default;

  void start(const import_row& row, import_settings with, import_parent parent);
  /// How it stands; answered once the ledger has been read, since before that it would seem to have nothing.
  caf::result<import_status> status();
  caf::result<cancel_receipt> cancel(const cancel_import& wanted);
  caf::result<done> halt(const halt_import& wanted);
  void note(const import_note& added);
  /// Notes that the ledger has already.
  void take_notes(const std::vector<import_note>& known);
  /// That deletions of the type are held, if so.
  void note_losses(const type_row& row);
  /// Credentials that stop working and a database that cannot be written may come back: everything so far is
  /// kept.
  void blocked(const failure& what);
  /// To whoever waits for an answer, when the actor dies.
  void fail_waiting(const caf::error& reason) { waiters.fail(reason); }

  // What waves tell. A path that has none hears nothing.
  void plan_event(const batches_planned&) {}
  void batch_event(const batch_changed&) {}
  void type_event(const type_changed&) {}
  void stopped(const branch_stopped&) {}
  void solitude_told(const solitude&) {}

protected:
  /// Why it stops before its end; decides what becomes of it.
  enum class ending : std::uint8_t { none, cancel, pause, node_stops, fail };

  // -- what a path brings

  /// The ledger's batches, of a resumed import.
  virtual void take_batches(const std::vector<batch_row>& rows) = 0;
  /// Proves the credentials, and tells the time that watermarks move to, to `server_time_known`.
  virtual void ask_server_time() = 0;
  /// It is planned, and runs from now on.
  virtual void run_path() = 0;
  /// A step of finishing is over: the next one, or the end.
  virtual void go_on() = 0;
  /// Closes what is open; what may end by itself within `grace` may do so.
  virtual void stop_work(std::chrono::milliseconds grace) = 0;
  /// Gives up what waits still. True if nothing is open any more; otherwise the end of what is open calls
  /// `end_if_at_rest` again.
  virtual bool come_to_rest() = 0;
  /// Writes down what was cut off; for an ending that is no cancel.
  virtual void put_away(std::function<void()> then) { then(); }

  // -- beginning: in import_shell.cpp

  void server_time_known(unix_ms server_time);
  /// How the criteria have changed the record type under this import; null if they have not.
  const std::string* why_broken(const std::string& record_type) const;

  // -- record types

  void fold(const type_row& row);
  /// Every record type that this import is still to run, at one moment.
  void claim_types();
  void type_is_in(const type_row& row);
  void type_failed(const type_row& row);
  /// A record type has ended. False if the import ends as well, or is ending.
  bool end_of_type(const type_row& row);
  std::uint64_t ordinal_of(const std::string& record_type) const;

  // -- finishing: in import_shell_finishing.cpp

  /// Makes or completes the table of a record type; `unfit` gets a refusal that is about this table alone.
  void prepare(const std::string& record_type, std::function<void(const table_prepared&)> then,
               std::function<void(const failure&)> unfit);
  void not_indexed(const std::string& record_type, const failure& unfit);
  finishing_actor spawn_verifier(const record_type& described);
  /// The account has said meanwhile that it lacks a column: that is left out from now on, and the type to be
  /// compared without it.
  bool compares_without(const type_verified& found);
  bool compares_without_lacking(const std::string& record_type);
  finishing_actor spawn_deletion_run(const std::vector<std::string>& record_types);
  /// `then` once the ledger has it.
  void write_verification(const type_row& row, const type_verified& found, std::function<void()> then);
  void write_deletions(const deletions_done& found);
  type_names members_of_group() const;
  /// Its record types and steps are over.
  void finish_as_it_went();

  // -- ending: in import_shell_ending.cpp

  void stop_for(ending reason, failure what, std::chrono::milliseconds grace = {});
  void end_if_at_rest();
  void finish(import_state state, const std::string& error);

  // -- the ledger and the journal

  template <class Message, class Then>
  void ask_store(Message message, Then then) {
    ask_store(std::move(message), std::move(then), [this](const failure& refusal) { store_failed(refusal); });
  }
  template <class Message, class Then, class Refused>
  void ask_store(Message message, Then then, Refused refused);
  void store_failed(const failure& what);
  void change_state(import_state state, const std::string& error, std::function<void()> then);
  void tell_monitor(const batch_row& row);
  void tell(std::string kind, std::uint64_t batch = 0, const std::string& record_type = {},
            const import_note* about = nullptr);

  import_actor::pointer self;
  std::string id;
  import_settings settings;
  import_parent tenant;
  std::optional<import_progress> progress;
  std::optional<dependency_graph> graph;
  std::map<std::string, column_ways> ways; ///< columns that are not asked for as usual, by record type
  /// By record type, as its table was prepared for a comparison: notes on columns that the account has
  /// lacked.
  std::map<std::string, std::vector<import_note>> lacking;
  std::map<std::string, std::shared_ptr<const std::vector<std::int64_t>>>
      outside; ///< of record types with a filter: changed rows that lay outside of it, as far as known
  std::optional<finishing_steps> steps;
  ending why = ending::none;
  bool loaded_from_ledger = false;
  bool over = false;
  std::uint32_t asking_store = 0; ///< questions to the store that are open

private:
  void loaded(const ledger_snapshot& snapshot);
  void take(const ledger_snapshot& snapshot);
  void plan();
  void planned();
  void run();
  void finish_cancelled();
  void ended();
  void finish_with(const std::vector<held_deletions>& held);

  std::map<std::string, std::string> broken; ///< types that the criteria have changed under it, and how
  type_names has_batches;                    ///< in the ledger, as it was read
  std::set<std::string> noted;               ///< "code/record type/subject"
  failure why_ended;
  pause_cause paused_by = pause_cause::none;
  bool is_finishing = false; ///< its steps are over, and its state is being found out
  import_waiters waiters;
};

namespace detail {

/// What a handler of an answer takes.
template <class Handler>
struct taken_by;
template <class Handler, class Answer>
struct taken_by<void (Handler::*)(const Answer&) const> {
  using type = Answer;
};

} // namespace detail

/// Counts the question as open until it is answered.
template <class Message, class Then, class Refused>
void import_shell::ask_store(Message message, Then then, Refused refused) {
  using answer = typename detail::taken_by<decltype(&Then::operator())>::type;
  ++asking_store;
  request(self, settings.store, caf::infinite, std::move(message))
      .then(
          [this, then = std::move(then)](const answer& x) {
            --asking_store;
            then(x);
          },
          [this, refused = std::move(refused)](const caf::error& error) {
            --asking_store;
            refused(to_failure(error));
          });
}

/// The behaviour of an import on this path. It ends when the ledger holds its final state, or `paused`, or
/// when the node stops.
template <class Path>
import_actor::behavior_type import_behavior(import_actor::stateful_pointer<Path> self, const import_row& row,
                                            import_settings settings, import_parent parent) {
  auto* path = &state_of(self);
  name_exceptions(self, [path](const caf::error& reason) { path->fail_waiting(reason); });
  auto parent_address = parent.address();
  path->start(row, std::move(settings), std::move(parent));
  self->set_down_handler([path](const caf::down_msg& down) { path->child_down(down); });
  survive_children(self, parent_address);
  return {
      [path](const query_status&) { return path->status(); },
      [path](const cancel_import& wanted) { return path->cancel(wanted); },
      [path](const halt_import& wanted) { return path->halt(wanted); },
      [path](const claim_decided& decided) { path->claimed(decided); },
      [path](const struct list_children&) { return path->list_children(); },
      [path](const batches_planned& planned) { path->plan_event(planned); },
      [path](const batch_changed& changed) { path->batch_event(changed); },
      [path](const type_changed& changed) { path->type_event(changed); },
      [path](const note_added& added) { path->note(added.note); },
      [path](const import_blocked& what) { path->blocked(what.what); },
      [path](const branch_stopped& branch) { path->stopped(branch); },
      [path](const solitude& step) { path->solitude_told(step); },
      [path](const query_blockers&) { return path->blockers(); },
      [path](const type_verified& found) { path->verified(found); },
      [path](const deletions_done& found) { path->deletions_over(found); },
      [path](const tick& due) { path->time_passed(due.generation); },
  };
}

} // namespace tidemark
