/// One pick-up of one batch: budget → slot → fetch → decode → store → report.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/request/netsuite_call.hpp"
#include "actors/wave/batch_life_cycle.hpp"
#include "messages/inside/batch.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/wave.hpp"
#include "netsuite/careful_reading.hpp"
#include "netsuite/column_search.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/range_reading.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

/// How long a pick-up waits, in all, for the answer of a page or for room for it: three times, then it is
/// released. What is open then may still be answered.
using patience_times = std::array<std::chrono::seconds, 3>;

struct batch_job {
  std::string import_id;
  batch_row row; ///< running, as the wave picked it up
  std::shared_ptr<const projection> what;
  std::uint64_t expected_bytes = 0; ///< of response bodies held at once
  patience_times patience{};
  row_scope scope = {};                         ///< which records of the range count
  std::shared_ptr<const record_set> first_page; ///< all of them, if they came with the plan
  purpose wanted = purpose::fetch;
  std::string why = {};                    ///< the failure that has led to any other purpose
  std::uint32_t page_rows = max_page_rows; ///< to ask for per page
  std::uint64_t most_bytes = UINT64_MAX;   ///< of response bodies; a range that holds more is split
  std::uint64_t at_least = 0;              ///< fewer rows are not believed before they are counted
};

/// Whom a batch works with.
struct batch_links {
  account_services account;
  store_actor store;
  budget_actor budget;
  wave_actor wave;
};

struct batch_run {
  explicit batch_run(batch_actor::stateful_pointer<batch_run> actor) : self(actor) {}

  void start(batch_job what, batch_links with);
  void stop(bool drain);
  void patience_over(std::uint64_t generation);
  pick_up_phase phase() const;

  static inline const char* name = "batch";

private:
  void set_out();
  void reserve();
  void begin_wait();
  void await_patience();
  bool out_of_patience() const;
  void released(std::string why);
  void fetch_page(bool retry);
  void page_arrived(call_result result);
  void look_at(http_response response);
  void store_refused(const caf::error& error);
  void decode(const http_response& response);
  void count_arrived(const http_response& response);
  bool must_count() const;
  void failed(failure what);
  void go_on();
  void reject_unread();
  void write(std::vector<std::shared_ptr<const record_set>> pages);
  void report_misfits(std::vector<column_evidence> odd);
  void report_search(column_search::verdict verdict);
  void report(pick_up_ended::how how, failure what = {}, batch_stored stored = {});

  batch_actor::stateful_pointer<batch_run> self;
  batch_job job;
  batch_links links;
  std::optional<netsuite_call> call;
  std::variant<range_reading, column_search, careful_reading> reading;
  wanted_page asked;
  failure found;      ///< by a search: the last one
  pick_up_ended seen; ///< what there is to report beside the end itself
  std::uint32_t refusals = 0;
  std::size_t patience_index = 0;     ///< of the present wait
  std::uint64_t timer_generation = 0; ///< of the present wait; no timer runs between two
  bool begun = false;                 ///< the ledger knows of the pick-up
  bool stopping = false;
  bool draining = false; ///< stopping, but the open request may end by itself
  bool writing = false;
  bool arrival_noted = false;
  bool counting = false; ///< the rows of the range, instead of a page
};

/// Reports to its wave exactly once, then ends. The range is read in keyset pages until NetSuite has no more:
/// rows may have entered it since it was planned. If it brings fewer, they are counted before that is
/// believed.
batch_actor::behavior_type batch(batch_actor::stateful_pointer<batch_run> self, batch_job job,
                                 batch_links links);

} // namespace tidemark
