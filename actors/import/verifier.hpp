/// Compares a record type with the account, by counts and sums of keys and of values, and puts right what
/// differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/import/key_comparison.hpp"
#include "actors/import/piece_walk.hpp"
#include "actors/import/range_sample.hpp"
#include "actors/import/value_proof.hpp"
#include "actors/request/steady_query.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/store.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/small_rows.hpp"

namespace tidemark {

struct verifier_job {
  std::string import_id;
  std::shared_ptr<const projection> what;
  std::uint32_t max_attempts = 5;
  bool compares_values = false;           ///< if not, they have just been read
  std::uint32_t deep = 0;                 ///< so many ranges, chosen at random, are compared value by value
  std::vector<std::string> left_out = {}; ///< fields that are not asked for, and so not compared either
};

struct verifier_links {
  account_services account;
  store_actor store;
  budget_actor budget;
  finishing_parent parent;
};

struct verifier_state {
  explicit verifier_state(finishing_actor::stateful_pointer<verifier_state> actor) : self(actor) {}

  void start(verifier_job what, verifier_links with);
  void stop();
  void delay_over(std::uint64_t generation) { query->delay_over(generation); }

  static inline const char* name = "verifier";

private:
  // comparing
  void begin_pass();
  key_range rest_of_pass() const;
  void ask_buckets();
  void count_rows();
  void buckets_arrived(const http_response& response);
  void part_over();
  void pass_over();
  void settle();
  void settled(const type_row& row);
  void count_kept();
  void conclude();

  // values
  bool sums_are_read(const bucket_page& page, std::function<void()> then);
  void choose_sums(const std::vector<value_sum>& left_out);
  const std::vector<value_sum>& sums() const;
  bool may_be_the_sums(const failure& what) const;
  void try_sum(std::size_t index);
  void sums_tried();
  void go_without_sums();
  void do_without(const std::vector<value_sum>& which, const failure& why);
  void note_untried();
  void leave_out(std::vector<value_sum> which, const std::string& why, std::function<void()> then);
  void prove_values();
  void compare_again(std::int64_t bucket);
  void compared_again(std::int64_t bucket, const http_response& response);
  void next_sampled();

  // reading again
  void read_again(const key_range& range, std::function<void()> then);
  void read_again(std::function<void()> then);
  void next_range();
  void fetch_page();
  void page_arrived(const http_response& response);
  void count_piece(std::shared_ptr<data_page> page);
  void take(data_page page);
  void write(const key_range& piece);

  void note(std::string code, std::string subject, std::string text);
  std::string method() const;
  void note_renewed();
  void report(proof result, std::string text, failure why = {});
  void failed(const failure& what);
  http_request request_for(const std::string& sql) const;
  template <class Message, class Then>
  void ask_store(Message message, Then then);

  finishing_actor::stateful_pointer<verifier_state> self;
  verifier_job job;
  verifier_links links;
  std::optional<steady_query<finishing_actor::stateful_base<verifier_state>>> query;
  std::int64_t width = 0;
  std::optional<std::int64_t> next_bucket; ///< of the pass; nothing at its beginning
  bool counted_empty = false;              ///< the account has no rows, counted by themselves
  bool last_part = false;                  ///< of the pass
  key_comparison comparison;               ///< of the pass
  struct kept {
    std::uint64_t aside = 0; ///< records that the account has and the table has not
    std::uint64_t older = 0; ///< that stand as they were before they were rejected
  };
  kept rejected;          ///< of the pass
  bool read_more = false; ///< ranges were read again since these were counted
  unix_ms compared_at = 0;
  bool repaired = false;           ///< the second pass only looks, and at keys alone
  std::deque<key_range> to_repair; ///< what is being read again
  std::function<void()> then;      ///< once it is
  std::uint64_t repairs = 0;
  std::uint64_t records_read = 0;    ///< again, since `read_again` was called
  std::uint64_t records_changed = 0; ///< of these
  value_proof values;
  std::vector<value_sum> refused_sums;
  std::vector<value_sum> untried; ///< that could not be tried; until it is noted
  std::string trouble;            ///< with them, the last one
  bool without_sums = false;      ///< for the rest of this comparison
  failure sums_failure;           ///< of the query with sums; code none while it has not failed
  range_sample sample;
  std::optional<std::vector<std::int64_t>> to_sample; ///< the last one comes first
  sample_result sampled;
  std::vector<import_note> notes;
  std::string code = "ranges_differ"; ///< of the note on a result that differs; empty: another note tells
  bool noted = false;                 ///< a repair has been written, which may have noted missing records
  std::optional<type_row> type;       ///< as of the end of the first pass, with what was found gone
  std::optional<piece_walk> walk;     ///< of the range that is fetched
  std::uint64_t rows_of_piece = 0;    ///< that have come
  bool asked_again = false;           ///< its last page
  std::vector<std::shared_ptr<const record_set>> pages;
  bool over = false;
};

/// Reports `type_verified` once, then ends.
///
/// One pass asks the account for the number of records and the sum of their keys in each bucket of about 1000
/// (a thousand buckets per query) and compares them with the database. Buckets that differ are imported once
/// more, and what is missing in them is settled at the end of the pass; unless it is held, all are compared
/// in a second pass. Buckets that have the same keys and differ in a sum of values are read again one by one,
/// each compared at once (`value_proof`). Of a deep comparison some are read whatever their sums are. A
/// bucket may hold far more than 1000 where keys are sparse: it is read and written in pieces, so that memory
/// is flat whatever the keys look like.
finishing_actor::behavior_type verifier(finishing_actor::stateful_pointer<verifier_state> self,
                                        verifier_job job, verifier_links links);

} // namespace tidemark
