/// The one user of the control database, as an actor with a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/feature_flags.hpp"
#include "messages/inside/control.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/wire/control.hpp"
#include "store/control_store.hpp"

namespace tidemark {

struct control_settings {
  std::string path;       ///< of the SQLite file
  flag_defaults defaults; ///< what decides where a flag has no record
  std::chrono::hours audit_retention{400 * 24};
  monitor_actor monitor{};
  std::stop_token end{}; ///< of its parent: from then on it waits for nobody's lock
  /// How the database is opened; tests put their own in.
  std::function<outcome<std::unique_ptr<control_store>>(const std::string&, const control_options&)> open =
      [](const std::string& where, const control_options& options) {
        return open_control_store(where, options);
      };
};

struct control_state {
  explicit control_state(control_actor::stateful_pointer<control_state> actor) : self(actor) {}
  ~control_state();

  void start(control_settings with);
  outcome<flag_decision> explain(const explain_flag& wanted);
  outcome<void> check_name(const std::string& name) const;
  outcome<flag_list> list();
  outcome<flag_record> change(const change_flag& wanted);
  outcome<schedule_rows> schedules();
  outcome<void> write(const store_schedule& wanted);
  void record(const audit_entry& entry);
  outcome<audit_list> audit(const list_audit& wanted);
  void prune_audit();
  /// Whether the database is well, whether anybody asks for it or not.
  void look();
  void time_passed(std::uint64_t generation);

  static inline const char* name = "control";

private:
  /// Runs `job` on the open database. One that failed is opened anew the next time, so that a database that
  /// was put back or unlocked needs no restart.
  template <class Job>
  auto with(Job job) -> decltype(job(std::declval<control_store&>()));
  /// The same for a job that others than the flags need: what is wrong is told at once.
  template <class Job>
  auto reading(Job job) -> decltype(job(std::declval<control_store&>()));
  template <class Job>
  auto writing(Job job) -> decltype(job(std::declval<control_store&>()));

  outcome<control_store*> open();
  bool is_locked() const;
  void read_flags();
  void tell();
  void check_records();
  void raise(alert what);
  void clear(const std::string& id, const std::string& name);
  outcome<void> write_backlog();

  control_actor::stateful_pointer<control_state> self;
  control_settings settings;
  std::unique_ptr<control_store> database;
  bool was_open = false;
  bool in_haste = false;                         ///< opened so that it waits for hardly any lock
  std::optional<std::vector<flag_record>> known; ///< flags as they were last read
  failure away;                                  ///< why they could not be read this time
  failure unwritten;                             ///< why the last write had no success
  failure defect;                           ///< what cannot be read or written in it, however long one waits
  std::string told;                         ///< what the alert that is up says
  std::map<std::string, std::string> wrong; ///< records that an alert is up for, with its text
  std::deque<audit_entry> backlog;          ///< of the audit, while it cannot be written
};

/// Tells the whole of an entry that the audit lacks in the log.
void log_audit_lost(const audit_entry& entry);

/// Adds to the audit through `to`, which is the control actor or leads there. Where it has ended meanwhile,
/// the log has the entry. `then` is called in either case.
template <class Self, class To, class Then>
void add_to_audit(Self* self, const To& to, const audit_entry& entry, Then then) {
  request(self, to, caf::infinite, entry)
      .then([then](const done&) { then(); },
            [then, entry](const caf::error&) {
              log_audit_lost(entry);
              then();
            });
}

/// Spawn it detached: its requests block. The flags are read anew for each decision, so that a change by SQL
/// counts at once. A lock that was waited for in vain is hardly waited for again until something has been
/// written, so that however much waits to be written delays nobody's decision.
control_actor::behavior_type control(control_actor::stateful_pointer<control_state> self,
                                     control_settings settings);

} // namespace tidemark
