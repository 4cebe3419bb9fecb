/// Finds what has gone since the last import without having been read: what the account's log of deletions
/// names, records that have left their type's filter, and parents that have lost all rows of a set.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/import/control_sample.hpp"
#include "actors/import/deletion_findings.hpp"
#include "actors/request/steady_query.hpp"
#include "config/criteria.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/store.hpp"
#include "netsuite/deleted_records.hpp"
#include "netsuite/log_way.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

struct deletion_job {
  std::string import_id;
  std::shared_ptr<const criteria> types;
  std::vector<std::string>
      record_types; ///< of which changes alone were read; what is not described is passed over
  std::map<std::string, unix_ms> changed_since; ///< from when on, by record type
  /// Changed rows that lay outside the filter when the type was planned; what is not here is asked for.
  std::map<std::string, std::shared_ptr<const std::vector<std::int64_t>>> outside;
  std::map<std::string, column_ways> ways =
      {};            ///< of columns that are not asked for as usual, by record type
  unix_ms since = 0; ///< zero: from where these types stand, less the look-back
  std::chrono::minutes look_back{24 * 60};
  unix_ms up_to = 0; ///< the server's time of the import
  std::uint32_t max_attempts = 5;
};

struct deletion_run_state {
  explicit deletion_run_state(finishing_actor::stateful_pointer<deletion_run_state> actor) : self(actor) {}

  void start(deletion_job what, account_services account, store_actor database, finishing_parent whom);
  void stop();
  void delay_over(std::uint64_t generation) { query->delay_over(generation); }

  static inline const char* name = "deletions";

private:
  void marks_known(const type_marks& marks);
  void log_known(const deletion_log& known);
  void begin_log();
  void ask_page();
  void ask_otherwise(const failure& refusal);
  void page_arrived(const http_response& response);
  void next_type();
  void live_known(const std::vector<std::int64_t>& live);
  struct doubt;
  doubt& doubt_of(const record_type& type);
  void doubt_those(std::vector<std::int64_t> perhaps, std::vector<std::int64_t> there_now);
  void type_over();
  void page_over();
  void query_failed(failure what);
  void next_doubt();
  void choose_controls(const std::vector<std::int64_t>& live);
  void check_doubtful();
  void weigh(const std::vector<std::int64_t>& asked_for, const std::vector<std::int64_t>& present);
  void settle_doubtful();
  void take_away(const std::string& record_type);
  void learn();
  void next_lesson();
  void next_departure();
  void ask_outside();
  void outside_arrived(key_page page);
  void look_up_candidates();
  void check_candidates();
  void check_again(const std::vector<std::int64_t>& keys);
  void departure_over();
  void next_set();
  void log_over();
  const record_type& doubted() const { return *doubtful.begin()->second.type; }
  void report(failure what);
  http_request request_for(const std::string& sql) const;
  using present_user = std::function<void(const std::vector<std::int64_t>&)>;
  void ask_present(projection what, std::vector<std::int64_t> wanted, present_user then,
                   std::vector<std::int64_t> present = {});
  template <class Then>
  void settle(const std::string& record_type, std::vector<std::int64_t> looked_at, Then then);
  template <class Message, class Then>
  void ask_store(Message message, Then then);

  finishing_actor::stateful_pointer<deletion_run_state> self;
  deletion_job job;
  store_actor store;
  finishing_parent parent;
  std::optional<steady_query<finishing_actor::stateful_base<deletion_run_state>>> query;
  std::vector<const record_type*> asked;   ///< the job's types that the log may tell of
  std::vector<const record_type*> leaving; ///< those with a filter, that are left to be done
  std::vector<const record_type*> sets;    ///< likewise
  std::map<std::string, std::vector<std::int64_t>>
      changed_parents; ///< by set: of rows that have left its filter, or that an entry may be about
  enum class part : std::uint8_t { log, departures, sets } now = part::log;
  std::optional<log_ways> ways;
  std::optional<deletion_findings> findings;
  std::optional<std::int64_t> from;       ///< the record that the page begins at
  std::optional<std::int64_t> next;       ///< the one of the page after it
  std::map<std::size_t, named_keys> keys; ///< of the page, by type, that are left to be done
  struct doubt {
    const record_type* type = nullptr; ///< one of the job's; always there
    std::vector<std::int64_t> keys = {};
    std::vector<std::int64_t> sure = {}; ///< of these, those that entries name for certain
  };
  /// Live records that may be gone, by type: those that entries name, until the log is read, then parents of
  /// sets. The first is at work.
  std::map<std::string, doubt> doubtful;
  control_sample controls;
  std::vector<std::int64_t> named_gone;      ///< of the present type, certainly: no guard is asked
  std::vector<std::int64_t> gone;            ///< of the present type
  std::vector<std::int64_t> there;           ///< likewise, of the doubtful ones
  std::uint64_t unsure = 0;                  ///< likewise: those that are gone or hidden
  std::vector<type_keys> lessons;            ///< types whose names may be learned, that are left to be done
  std::optional<std::int64_t> outside_after; ///< the last key of the page before
  outside_way way_outside = outside_way::by_case;
  std::vector<std::int64_t> candidates; ///< of the present type: may be live, and may have left it
  std::vector<std::int64_t> suspects;   ///< those that are live
  deletions_done result;
  bool over = false;
};

/// Reports `deletions_done` once, then ends.
///
/// A record that is named as deleted may have come back since, or be another one of the same key, so those
/// that are in the database are asked for at the account before they are taken away: once the log is read, in
/// one query per type, together with controls. If the account does not show these, nothing of that type is
/// taken away. Otherwise what an entry names for certain is gone; of those that are named by entries of no
/// certain type alone, and where there are no controls, the type's guard decides.
///
/// Then each type with a filter is asked for changed records outside it, unless its plan has told; in that
/// case, or where the account cannot tell them, live ones among them are asked for by key. And each set for
/// the parents that have changed (`tenant_store::changed_parents`), with controls as well. Neither costs a
/// request where there is no filter, or no changed parent.
finishing_actor::behavior_type deletion_run(finishing_actor::stateful_pointer<deletion_run_state> self,
                                            deletion_job job, account_services account, store_actor database,
                                            finishing_parent parent);

} // namespace tidemark
