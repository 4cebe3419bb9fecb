/// Asks the account for the records whose deletions an import holds: what was not seen then may be seen now.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/import/control_sample.hpp"
#include "actors/request/steady_query.hpp"
#include "config/criteria.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/promise.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

struct held_check_settings {
  std::shared_ptr<const criteria> types;
  account_services account;
  store_actor store;
  std::uint32_t max_attempts = 5;
};

struct held_check_state {
  explicit held_check_state(held_check_actor::stateful_pointer<held_check_state> actor) : self(actor) {}

  void begin(held_check_settings with);
  caf::result<shown_records> start(const find_shown& wanted);
  void delay_over(std::uint64_t generation) { query->delay_over(generation); }

  static inline const char* name = "held_check";

private:
  void next_type();
  void prepared(const table_prepared& table);
  void choose_controls(const std::vector<std::int64_t>& live);
  void next_part();
  void ask_page();
  void page_arrived(const http_response& response);
  void part_over();
  void fail(const failure& what);
  const std::string& record_type() const { return left.back().record_type; }
  template <class Message, class Then>
  void ask_store(Message message, Then then);

  held_check_actor::stateful_pointer<held_check_state> self;
  held_check_settings settings;
  std::optional<steady_query<held_check_actor::stateful_base<held_check_state>>> query;
  answer_promise<shown_records> promise;
  std::vector<type_keys> left; ///< the last one is at work
  shown_records result;
  projection whole;                    ///< of the type at work, its keys alone
  std::optional<projection> what;      ///< the same, of the present part
  std::optional<page_decoder> decoder; ///< likewise
  std::vector<std::int64_t> to_ask;    ///< what its records are asked for by, that is left
  control_sample controls;
  page_request page;
  std::set<std::int64_t> seen_by;  ///< of the present part: what rows that came are asked for by
  std::vector<stored_key> found{}; ///< of the type at work: rows that came
};

/// A record is asked for as the type reads it, in its filter, together with live records that nobody holds:
/// if these are not shown the answer says nothing of the others either, which is `ec::conflict`. So is a type
/// that the criteria do not describe any more. Whatever the account fails in is answered with.
held_check_actor::behavior_type held_check(held_check_actor::stateful_pointer<held_check_state> self,
                                           held_check_settings settings);

} // namespace tidemark
