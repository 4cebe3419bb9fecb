/// The path that the chunked import replaces: one job that walks the record types, page after page.
///
/// It stands in the shell of an import, and only its tenant tells the two apart. Once no tenant takes
/// this path any more, one commit takes it out: the files legacy_*, their uses in
/// `tenant_state::spawn_import` and `plan_run`, and the writes of a part of a batch (`batch_write::last`).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/import/import_shell.hpp"
#include "actors/request/steady_query.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/store.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/imports.hpp"
#include "netsuite/keyset_walk.hpp"
#include "netsuite/misfits.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/range_reading.hpp"
#include "netsuite/rejections.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

/// One record type at a time, one request at a time. In the ledger each record type is one batch: its pages
/// are stored one by one, and the batch completes with the last. So progress is known per record type only,
/// and whatever interrupts a record type makes it begin anew.
struct legacy_run : import_shell {
  explicit legacy_run(import_actor::stateful_pointer<legacy_run> actor) : import_shell(actor) {}

  caf::result<blocker_list> blockers();
  void claimed(const claim_decided& decided);
  void verified(const type_verified& found);
  void deletions_over(const deletions_done& found);
  void child_down(const caf::down_msg& down);
  void time_passed(std::uint64_t generation) { queries().delay_over(generation); }
  child_list list_children() const;

  static inline const char* name = "legacy_import";

private:
  using query_type = steady_query<import_actor::base>;

  // the path: in legacy_import.cpp
  void take_batches(const std::vector<batch_row>& rows) override;
  void ask_server_time() override;
  void run_path() override;
  void go_on() override;
  void stop_work(std::chrono::milliseconds grace) override;
  bool come_to_rest() override;
  void put_away(std::function<void()> then) override;

  query_type& queries();
  std::optional<type_row> next_type() const;
  void take_turn();
  void make_indexes(const std::string& record_type);
  void verify(const std::string& record_type);
  void start_verifier();
  void read_deletions(const std::vector<std::string>& record_types);

  // one record type: in legacy_type.cpp
  void begin_type();
  void project_type();
  void prepared(const table_prepared& table);
  void count_rows();
  void read_whole(const failure& why);
  void plan_batch(const row_count& found);
  void pick_up();
  void picked_up_as(std::uint32_t number);
  void next_range();
  void begin_range(std::uint64_t weight);
  void reserve_page();
  void fetch_page();
  outcome<void> page_arrived(const http_response& response);
  void read_on();
  void count_rest();
  void store_pages(std::int64_t up_to);
  void stored(const key_range& part, const batch_stored& what);
  void end_type(type_state state, const std::string& error);
  void type_ended_as(const type_row& row);
  void ask_sql(const std::string& sql, std::uint32_t limit, std::uint32_t offset, query_type::user use);
  void query_failed(const call_result& failed);
  void drop_columns(const std::vector<std::string>& columns, const failure& unknown);
  bool leave_misfits_out();
  void read_range_again();
  void fail_type(const failure& what, const std::string& operation_id = {});

  void note_on_type(std::string code, std::string subject, std::string text);

  std::map<std::string, batch_row> batches;     ///< by record type
  std::map<std::string, claim_decided> decided; ///< by record type, what may be done about it
  bool claiming = false;                        ///< the next record type waits for that
  std::vector<std::string> to_index;
  std::vector<std::string> to_verify;
  std::optional<query_type> query;

  // the record type at work
  std::optional<type_row> type; ///< its row, as it is written here until the type has ended
  const record_type* described = nullptr;
  batch_row* batch = nullptr; ///< while it runs
  projection what;
  std::vector<std::string> key_columns; ///< that the stored records of the type are told apart by
  row_scope scope;
  column_ways parent_ways;         ///< of a set's parent
  bool is_skip_news = false;       ///< see `type_queue`
  std::vector<import_note> lacks;  ///< columns that the account lacked before, if only the changes are read
  std::optional<keyset_walk> walk; ///< of a set
  key_range range;                 ///< that is being read
  range_reading reading;           ///< of it
  misfit_tally columns;            ///< of the pages that are stored
  rejection_tally reasons;         ///< of the records of these that were rejected
  bool reserved = false;           ///< the memory of a page

  // the verifier or the deletion run at work
  finishing_actor child;
  bool child_reported = false;
};

/// Linked to its tenant. `row` is the import's row in the ledger.
import_actor::behavior_type legacy_import(import_actor::stateful_pointer<legacy_run> self, import_row row,
                                          import_settings settings, import_parent parent);

} // namespace tidemark
