/// Reads the account's log of deletions, and takes what it names out of the tenant's database.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/import/deletion_findings.hpp"
#include "actors/request/steady_query.hpp"
#include "config/criteria.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/store.hpp"
#include "netsuite/deleted_records.hpp"
#include "netsuite/log_way.hpp"

namespace tidemark {

struct deletion_job {
  std::string import_id;
  std::shared_ptr<const criteria> types;
  std::vector<std::string> record_types; ///< sets and what is not described are passed over
  unix_ms since = 0;                     ///< zero: from where these types stand, less the look-back
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
  void ask_page();
  void ask_otherwise(const failure& refusal);
  void page_arrived(const http_response& response);
  void next_type();
  void check_present(const std::vector<std::int64_t>& live);
  void take_away(std::vector<std::int64_t> gone);
  void type_over();
  void page_over();
  void report(failure what);
  std::vector<std::string> sets_of(const std::string& record_type) const;
  http_request request_for(const std::string& sql) const;
  template <class Message, class Then>
  void ask_store(Message message, Then then);

  finishing_actor::stateful_pointer<deletion_run_state> self;
  deletion_job job;
  store_actor store;
  finishing_parent parent;
  std::optional<steady_query<finishing_actor::stateful_base<deletion_run_state>>> query;
  std::vector<const record_type*> asked; ///< the job's types that the log may tell of
  std::optional<log_ways> ways;
  std::optional<deletion_findings> findings;
  std::optional<std::int64_t> from;                      ///< the record that the page begins at
  std::optional<std::int64_t> next;                      ///< the one of the page after it
  std::map<std::size_t, std::vector<std::int64_t>> keys; ///< of the page, by type, that are left to be done
  std::map<std::string, std::uint64_t> deleted;
  std::vector<import_note> notes;
  bool over = false;
};

/// Reports `deletions_done` once, then ends.
///
/// A record that is named as deleted may have come back since, or be another one of the same key, so those
/// that are in the database are asked for at the account before they are taken away.
finishing_actor::behavior_type deletion_run(finishing_actor::stateful_pointer<deletion_run_state> self,
                                            deletion_job job, account_services account, store_actor database,
                                            finishing_parent parent);

} // namespace tidemark
