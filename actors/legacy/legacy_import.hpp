/// The path that the chunked import replaces: one job that walks the record types, page after page.
///
/// It stands behind the interface of an import, and only its tenant tells the two apart. Once no tenant takes
/// this path any more, one commit takes it out: the files legacy_*, their uses in
/// `tenant_state::spawn_import` and `plan_run`, and the writes of a part of a batch (`batch_write::last`).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/import/finishing_steps.hpp"
#include "actors/import/import.hpp"
#include "actors/import/import_progress.hpp"
#include "actors/import/import_waiters.hpp"
#include "actors/request/steady_query.hpp"
#include "config/dependency_graph.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/inside/wave.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/imports.hpp"
#include "netsuite/keyset_walk.hpp"
#include "netsuite/misfits.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/rejections.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

/// One record type at a time, one request at a time. In the ledger each record type is one batch: its pages
/// are stored one by one, and the batch completes with the last. So progress is known per record type only,
/// and whatever interrupts a record type makes it begin anew.
struct legacy_run {
  explicit legacy_run(import_actor::stateful_pointer<legacy_run> actor) : self(actor) {}

  void start(const import_row& row, import_settings with, import_parent parent);
  /// How it stands; answered once the ledger has been read, since before that it would seem to have nothing.
  caf::result<import_status> status();
  /// To whoever waits for an answer, when the actor dies.
  void fail_waiting(const caf::error& reason) { waiters.fail(reason); }
  caf::result<blocker_list> blockers();
  caf::result<cancel_receipt> cancel(const cancel_import& wanted);
  caf::result<done> halt(const halt_import& wanted);
  void claimed(const claim_decided& decided);
  void verified(const type_verified& found);
  void deletions_over(const deletions_done& found);
  void note(const import_note& added);
  void child_down(const caf::down_msg& down);
  void delay_over(std::uint64_t generation) { query->delay_over(generation); }
  child_list list_children() const;

  static inline const char* name = "legacy_import";

private:
  /// Why the import stops before its end; decides what becomes of it.
  enum class ending : std::uint8_t { none, cancel, pause, node_stops, fail };
  using query_type = steady_query<import_actor::stateful_base<legacy_run>>;

  // the order of things: in legacy_import.cpp
  void loaded(const ledger_snapshot& snapshot);
  void resolve_graph();
  void ask_server_time();
  void server_time_known(unix_ms server_time);
  void next_step();
  type_row* next_type();
  void prepare(const std::string& record_type, std::function<void(const table_prepared&)> then);
  void make_indexes(const std::string& record_type);
  void verify(const std::string& record_type);
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
  void reserve_page();
  void fetch_page();
  outcome<void> page_arrived(const http_response& response);
  void store_pages(std::int64_t up_to);
  void stored(const key_range& part, const batch_stored& what);
  void end_type(type_state state, const std::string& error);
  void type_ended_as(const type_row& row);
  void ask_sql(const std::string& sql, std::uint32_t limit, std::uint32_t offset, query_type::user use);
  void query_failed(const call_result& failed);
  void drop_column(const failure& what);
  bool leave_misfits_out();
  void read_range_again();
  void fail_type(const failure& what, const std::string& operation_id = {});

  // ending: in legacy_ending.cpp
  void stop_for(ending reason, failure what);
  void blocked(const failure& what);
  void at_rest();
  void interrupt_batch(std::function<void()> then);
  void end();
  void finish_cancelled();
  void finish(import_state state, const std::string& error);
  void ended();

  // the ledger and the journal: in legacy_ending.cpp
  template <class Message, class Then>
  void ask_store(Message message, Then then);
  template <class Message, class Then, class Otherwise>
  void ask_store(Message message, Then then, Otherwise otherwise);
  void store_failed(const failure& what);
  void change_state(import_state state, const std::string& error, std::function<void()> then);
  void note_on_type(std::string code, std::string subject, std::string text);
  void fold(const type_row& row);
  void tell(std::string kind, const std::string& record_type = {}, const import_note* added = nullptr);

  import_actor::stateful_pointer<legacy_run> self;
  std::string id;
  import_settings settings;
  import_parent tenant;
  std::optional<import_progress> progress;
  std::optional<dependency_graph> graph;
  std::map<std::string, type_row> rows;
  std::map<std::string, batch_row> batches; ///< by record type
  std::map<std::string, column_names> dropped;
  std::set<std::string> noted; ///< "code/record type/subject"
  std::optional<finishing_steps> steps;
  std::vector<std::string> to_index;
  std::vector<std::string> to_verify;
  std::optional<query_type> query;

  // the record type at work
  type_row* type = nullptr;
  batch_row* batch = nullptr; ///< while it runs
  bool claiming = false;
  projection what;
  row_scope scope;
  std::optional<keyset_walk> walk; ///< of a set
  key_range range;                 ///< that is being read
  std::optional<row_cursor> cursor;
  std::vector<std::shared_ptr<const record_set>> pages;
  misfit_tally columns;    ///< of the pages that are stored
  rejection_tally reasons; ///< of the records of these that were rejected
  bool reserved = false;   ///< the memory of a page

  // the verifier or the deletion run at work
  finishing_actor child;
  bool child_reported = false;

  ending why = ending::none;
  failure why_ended;
  pause_cause paused_by = pause_cause::none;
  std::uint32_t asking_store = 0; ///< questions to the store that are open
  bool is_loaded = false;
  bool over = false;
  import_waiters waiters;
};

/// What a handler of an answer takes.
template <class Handler>
struct taken_by;
template <class Handler, class Answer>
struct taken_by<void (Handler::*)(const Answer&) const> {
  using type = Answer;
};

/// Counts the question as open until it is answered.
template <class Message, class Then, class Otherwise>
void legacy_run::ask_store(Message message, Then then, Otherwise otherwise) {
  using answer = typename taken_by<decltype(&Then::operator())>::type;
  ++asking_store;
  request(self, settings.store, caf::infinite, std::move(message))
      .then(
          [this, then = std::move(then)](const answer& x) {
            --asking_store;
            then(x);
          },
          [this, otherwise = std::move(otherwise)](const caf::error& error) {
            --asking_store;
            otherwise(to_failure(error));
          });
}

template <class Message, class Then>
void legacy_run::ask_store(Message message, Then then) {
  ask_store(std::move(message), std::move(then), [this](const failure& reason) { store_failed(reason); });
}

/// Linked to its tenant. Ends when the ledger holds its final state, or `paused`, or when the node stops.
import_actor::behavior_type legacy_import(import_actor::stateful_pointer<legacy_run> self, import_row row,
                                          import_settings settings, import_parent parent);

} // namespace tidemark
