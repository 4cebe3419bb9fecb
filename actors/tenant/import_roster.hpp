/// Pure core of a tenant: the one state of each of its unfinished imports. Commands, facts and time in,
/// decisions out.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/supervision.hpp"
#include "messages/ledger.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

/// Whether an import does all that a start of the same main record type asks for, so that it may be answered
/// with it: the same mode, no later beginning, and every check that is wanted.
bool does_all(const import_row& import, const start_import& wanted);

/// Which imports of a tenant are unfinished, whether an actor runs them, and what keeps the others from
/// running. What should be and what is are kept apart: commands and facts change what should be, and after
/// each of them whatever may run and does not is begun, and whatever runs and may not is halted. So an import
/// that something holds goes on as soon as nothing does, whatever happened in between and in which order.
///
/// Holds are kept one by one. That of a person ends by a person only.
///
/// A ledger that lacks an import which is unfinished here is no news of the import, but a doubt about the
/// database: it is one of the troubles that an import waits for.
class import_roster {
public:
  using time_point = std::chrono::steady_clock::time_point;
  /// Who waits for an answer.
  using ticket = std::uint64_t;

  /// The import's actor is to be spawned.
  struct spawn {
    import_row row;
    bool after_death = false; ///< of the actor that ran it before
  };
  /// The import's actor is to stop. Without a cause its state in the ledger stays as it is, so that whoever
  /// takes the import up goes on by itself.
  struct halt {
    std::string id;
    pause_cause cause = pause_cause::none;
    std::string reason;
  };
  /// The import's actor is to cancel it; without an actor the ledger is to be told. Ends with
  /// `cancel_failed`, with `gone`, or with the end of the actor.
  struct cancel {
    std::string id;
    std::string requested_by;
    bool in_ledger = false;
    ticket who = 0;
    bool counted = false;     ///< to be given back with what came of it
    unix_ms requested_at = 0; ///< 0: by a process before this one
  };
  /// The ledger is to say that a person paused it. Ends with `pause_written` or `pause_refused`.
  struct write_pause {
    std::string id;
    std::string reason;
  };
  /// The ledger is to say that a person lets it go on, before anybody is told so: whoever dies then, it goes
  /// on. Ends with `resume_written` or `resume_refused`.
  struct write_resume {
    std::string id;
  };
  /// The ledger is to say that it failed. Ends with `gone` or with `failure_not_written`.
  struct write_failure {
    import_row row;
  };
  /// A new import: decide its path and, if `path_decided` says so, write its row. Ends with `created` or
  /// `not_created`.
  struct create {
    import_row row;
  };
  /// Its failed batches are to be made due in the ledger. Ends with `retried` or `retry_failed`.
  struct retry_batches {
    std::string id;
    std::uint64_t batch = 0;
    std::string requested_by;
    ticket who = 0;
    bool counted = false; ///< to be given back with what came of it
  };
  /// Whoever waits is to be told how the import stands.
  struct answer {
    ticket who = 0;
    std::string id;
  };
  struct refuse {
    ticket who = 0;
    failure why;
  };
  /// Whoever waits asked for something that only the ledger can say about an import that is not unfinished.
  struct refuse_by_ledger {
    ticket who = 0;
    std::string id;
    std::string what; ///< "it cannot be paused"
  };
  /// Whoever follows the import is to hear how it stands.
  struct tell {
    std::string id;
  };
  /// The database is to be tried after this time. Ends with `database_well` or `database_away`.
  struct try_database {
    std::chrono::milliseconds in{0};
  };
  /// The database is to be tried at once, since somebody asks. Ends with `database_probed`.
  struct probe_database {};
  using decision =
      std::variant<spawn, halt, cancel, write_pause, write_resume, write_failure, create, retry_batches,
                   answer, refuse, refuse_by_ledger, tell, try_database, probe_database>;
  using decisions = std::vector<decision>;

  /// How an import stands where that is not what its ledger says.
  struct overlay {
    import_state state = import_state::paused;
    pause_cause paused_by = pause_cause::none;
    std::string error;
  };

  explicit import_roster(std::string tenant) : tenant_(std::move(tenant)) {}

  // -- facts

  /// What the ledger holds, once, before any command.
  [[nodiscard]] decisions loaded(const std::vector<import_row>& unfinished);
  /// Whether the import is still wanted. If so, its row may be in the ledger from now on.
  [[nodiscard]] bool path_decided(const std::string& id);
  [[nodiscard]] decisions created(const import_row& row);
  [[nodiscard]] decisions not_created(const std::string& id, const failure& why);
  /// Its actor has said how it ended, or rests.
  [[nodiscard]] decisions ended(const import_status& status, time_point now);
  /// Its actor is gone without a word.
  [[nodiscard]] decisions died(const std::string& id, const failure& why, time_point now);
  [[nodiscard]] decisions pause_written(const std::string& id);
  /// `still`: it is unfinished; nothing if that is not known.
  [[nodiscard]] decisions pause_refused(const std::string& id, const failure& why, std::optional<bool> still);
  [[nodiscard]] decisions resume_written(const std::string& id);
  [[nodiscard]] decisions resume_refused(const std::string& id, const failure& why);
  [[nodiscard]] decisions retried(const import_row& row, ticket who, bool counted);
  /// A retry was not carried out.
  [[nodiscard]] decisions retry_failed(const retry_batches& what, const failure& why);
  /// A cancel was not carried out, or only in part. One that the database stood in the way of is kept, and
  /// carried out as soon as that is well. One that the ledger lacks is forgotten by that.
  [[nodiscard]] decisions cancel_failed(const cancel& what, const failure& why);
  /// It is final in the ledger: cancelled, failed.
  [[nodiscard]] decisions gone(const std::string& id, bool counted = true);
  [[nodiscard]] decisions failure_not_written(const std::string& id, const failure& why);
  [[nodiscard]] decisions account_down(const std::string& reason);
  [[nodiscard]] decisions account_up();
  [[nodiscard]] decisions database_well();
  [[nodiscard]] decisions database_away(const failure& why);
  /// Without a failure it is well.
  [[nodiscard]] decisions database_probed(const std::optional<failure>& why);
  /// Another owner has the database: nothing of this tenant is run here any more.
  [[nodiscard]] decisions taken_over(const failure& why);

  // -- commands

  /// `row` is what would be created: its id, who asked, when.
  [[nodiscard]] decisions start(const start_import& wanted, import_row row, ticket who);
  [[nodiscard]] decisions pause(const std::string& id, const std::string& requested_by, ticket who);
  [[nodiscard]] decisions resume(const std::string& id, ticket who);
  [[nodiscard]] decisions cancel_import(const std::string& id, const std::string& requested_by, ticket who,
                                        unix_ms requested_at);
  [[nodiscard]] decisions retry(const std::string& id, std::uint64_t batch, const std::string& requested_by,
                                ticket who);
  [[nodiscard]] decisions suspend(const suspension& why);
  [[nodiscard]] decisions end_suspension();
  /// `why` tells people, as in "the node is stopping"; the first one stands.
  [[nodiscard]] decisions stop(const std::string& why);

  // -- how things stand

  bool is_loaded() const noexcept { return loaded_; }
  /// Why nothing may be asked of the account, or begun, now; nothing if it may. `what` ends the sentence
  /// about why it stops.
  std::optional<failure> refusal(std::string_view what) const;
  bool is_stopping() const noexcept { return stopping_; }
  const suspension& suspended() const noexcept { return suspended_; }
  const failure& lost_to() const noexcept { return taken_over_; }
  bool has_actor(const std::string& id) const;
  std::uint64_t running() const;
  /// Imports wait for the account's return, or would.
  bool waits_for_account() const { return !down_.empty(); }
  /// What is wrong with the database that some import, or its end, waits for; none if nothing waits.
  failure database_trouble() const;
  bool waits_for_database() const { return database_trouble().code != ec::none; }
  /// It has failed, and waits for the database only to have that written down.
  bool has_failed(const std::string& id) const;
  /// Nothing runs, and nothing is being created.
  bool at_rest() const;
  std::optional<overlay> shown(const std::string& id) const;
  /// As far as it is known here; null for one that is not unfinished.
  const import_row* row(const std::string& id) const;
  /// The older import that a queued one waits for; empty if none.
  std::string behind(const std::string& id) const;
  /// All that a queued one waits for, in the order in which they run; none if it is not queued.
  std::vector<std::string> ahead_of(const std::string& id) const;

private:
  struct entry {
    import_row row;
    bool creating = false;
    bool is_on_paper = false; ///< while it is being created: its row may be in the ledger
    bool has_actor = false;
    bool begun = false;      ///< an actor has run it
    bool halted = false;     ///< its actor was told to stop
    bool pausing = false;    ///< by a person, which its actor writes down
    bool cancelling = false; ///< its actor was told to cancel
    bool by_command = false;
    bool unsure = false;       ///< whether the ledger says that a person paused it
    std::string by_whom = {};  ///< of a pause by command
    std::string outage = {};   ///< why the account does not answer; empty: no hold
    failure trouble = {};      ///< of the database, which it waits for
    std::string gave_up = {};  ///< why it failed, where that could not be written yet
    std::uint32_t writing = 0; ///< commands, or its failure, that are on their way into the ledger
    bool death = false;        ///< its last actor ended without a word
    /// How long the database was last left alone since the ledger lacked it; longer each time.
    std::chrono::milliseconds lacked = std::chrono::milliseconds{0};
    restart_intensity restarts = restart_intensity{};
    std::vector<ticket> starters = {}; ///< wait for its creation
    std::vector<ticket> pausers = {};  ///< wait for its pause
    std::vector<ticket> resumers = {}; ///< wait for its resume to be in the ledger, or for the database
    std::vector<cancel> cancels = {};  ///< wait for the database, to be carried out

    /// One of those that were on their way has come back.
    void written() {
      if (writing > 0) --writing;
    }
    /// The row as a person's pause leaves it.
    void pauses() {
      unsure = false;
      row.state = import_state::paused;
      row.paused_by = pause_cause::command;
      row.error = by_whom;
    }
    /// The row as it is once the import goes on.
    void goes_on() {
      unsure = false;
      row.state = begun ? import_state::running : import_state::queued;
      row.paused_by = pause_cause::none;
      row.error.clear();
    }
  };

  static bool is_paused_by_command(const import_row& row);
  static void refuse_all(std::vector<ticket>& waiting, const failure& why, decisions& out);
  bool may_run(const entry& x) const;
  const entry* older_of(const entry& x) const;
  void settle(decisions& out);
  void begin(entry& x, decisions& out);
  void hold_for_account(entry& x, decisions& out);
  void halt_if_it_may_not_run(entry& x, decisions& out);
  void go_on_for(entry& x, ticket who, decisions& out);
  void write_if_due(entry& x, decisions& out);
  void answer_waiting(entry& x, decisions& out);
  void refuse_in_trouble(entry& x, decisions& out);
  void cancel_if_due(entry& x, decisions& out);
  void database_is_well();
  void drop_unwritten(decisions& out);
  void go_on(entry& x, decisions& out);
  void forget(const std::string& id, decisions& out);
  void lacks(entry& x, decisions& out);
  decisions refused(ticket who, failure why) const;
  entry* find(const std::string& id);
  const entry* find(const std::string& id) const;

  std::string tenant_;
  std::map<std::string, entry> entries_; ///< by id, which is in the order of time
  bool loaded_ = false;
  bool stopping_ = false;
  std::string why_stopped_;
  suspension suspended_;
  std::string down_; ///< why the account does not answer; empty: it does
  failure taken_over_;
  bool trying_ = true; ///< the database is being tried, or is going to be
  std::chrono::milliseconds next_try_{0};
};

} // namespace tidemark
