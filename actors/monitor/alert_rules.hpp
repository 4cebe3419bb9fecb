/// Pure core of the monitor: turns what it sees of imports, accounts, databases and the process into the
/// values that the alert rules measure, and keeps the board of alerts.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/monitor/alert_board.hpp"
#include "actors/monitor/resource_sample.hpp"
#include "messages/error.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/ledger.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/slots.hpp"

namespace tidemark {

/// How a tenant and its database are, from one look at them.
struct tenant_sample {
  std::string tenant;
  std::uint64_t failures = 0;         ///< requests that the database failed, since its store began
  failure last;                       ///< the last of them
  bool away = false;                  ///< the last look at the database found that it cannot be used
  std::chrono::milliseconds delay{0}; ///< of its answer, or since it was asked
  suspension suspended = {};
  std::string account = {};
  bool suspension_known = true; ///< not while its ledger is unread, or its answer is late
  std::optional<std::vector<held_deletions>> held = {}; ///< by its imports; nothing if it is not known
  std::uint64_t log_bytes = 0; ///< that stand beside its database, not written back yet
};

class alert_rules {
public:
  explicit alert_rules(const alerts_config& config);

  /// An import as it stands after something happened to it: `kind` and `batch` as in the journal.
  void see(const import_status& head, std::string_view kind, std::uint64_t batch, moment now);
  /// One that ended before we looked. `superseded`: by later ones that the account has let in.
  void see_past(const import_status& head, bool superseded, moment now);
  void see(const pool_status& pool, moment now);
  void see(const tenant_sample& tenant, moment now);
  void see(const resource_sample& resources, moment now);

  /// What the passing of time alone may change. Call once per sample.
  void look(moment now);

  /// Imports that run and whose history is not known yet.
  std::vector<import_status> without_history() const;
  void set_history(const std::string& import_id, const std::vector<past_import>& past);

  /// Alerts that others decide on.
  void raise(alert what, moment now);
  void clear(std::string_view id, const alert_subject& about, moment now) { board_.clear(id, about, now); }

  /// It is no longer served: whatever is up of it is cleared.
  void forget_tenant(const std::string& tenant, moment now);
  /// The record types that its criteria describe now: nothing can overtake a failure of another one.
  void keep_types(const std::string& tenant, const std::set<std::string>& record_types, moment now);
  void forget_account(const std::string& account, moment now);

  const alert_board& board() const noexcept { return board_; }
  std::vector<alert_change> take_changes() { return board_.take_changes(); }

  /// Whether the import has been seen and has not ended.
  bool knows(const std::string& import_id) const { return imports_.contains(import_id); }

  /// Imports that are under way or paused, as last seen.
  std::vector<import_status> imports() const;

private:
  using time_point = std::chrono::steady_clock::time_point;

  struct history {
    double duration = 0; ///< median, in milliseconds
    double rate = 0;     ///< median, in records per second
  };

  struct watched_import {
    import_status head;
    time_point seen_at;                       ///< of its last event
    std::map<std::uint64_t, time_point> open; ///< batches that were picked up and have not ended
    std::optional<time_point> paused_at;
    std::chrono::milliseconds paused{0};
    std::deque<std::pair<time_point, std::uint64_t>> stored; ///< records, over the last window
    bool history_known = false;
    std::optional<history> usual; ///< if it is long enough to go by
  };

  /// What happened to a tenant's batches in one second or so.
  struct batch_ends {
    time_point at;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t failed_attempts = 0;
  };

  /// The requests of an account up to a moment.
  struct request_counts {
    time_point at;
    std::uint64_t granted = 0;
    std::uint64_t refused = 0;
  };

  void count_ends(const import_status& before, const import_status& after, moment now);
  void follow_batch(watched_import& import, std::string_view kind, std::uint64_t batch, moment now);
  void change_state(watched_import& import, const import_status& before, moment now);
  void check_login(const import_status& before, const import_status& after, std::string_view kind,
                   moment now);
  void check_preservation(const import_status& head, moment now);
  void raise_refused_login(const alert_subject& about, const std::string& why, moment now);
  void check_store(const tenant_sample& before, const tenant_sample& now_seen, moment now);
  void check_held(const std::string& tenant, const std::vector<held_deletions>& before,
                  const std::vector<held_deletions>& after, moment now);
  void import_over(const import_status& head, moment now);
  std::string remedy_of_outage(const std::string& account) const;
  void look_at(watched_import& import, moment now);
  void look_at_tenant(const std::string& tenant, std::deque<batch_ends>& ends, moment now);

  alerts_config config_;
  alert_board board_;
  std::map<std::string, watched_import> imports_;
  std::map<std::string, std::deque<batch_ends>> ends_;         ///< by tenant
  std::map<std::string, std::deque<request_counts>> requests_; ///< by account, over the window
  std::map<std::string, tenant_sample> tenants_;               ///< as last seen
};

/// The share of pick-ups that are accounted for, 0 to 1: picked_up against completed + failed_attempts +
/// split + released + interrupted + running. 1, unless there is a defect.
double attempt_preservation(const import_status& status);

} // namespace tidemark
