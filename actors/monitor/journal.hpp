/// The live event stream: subscribers get a snapshot, then every event in order.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "messages/inside/journal.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"

namespace tidemark {

struct journal_state {
  explicit journal_state(journal_actor::stateful_pointer<journal_state> actor) : self(actor) {}

  void publish(const import_event& event);
  /// Its imports are not shown any more; whoever follows them hears of it by a snapshot without them.
  void forget(const forget_tenant& tenant);
  void add_subscriber(const subscribe& wanted);
  void add_credit(const more_events& more);
  void subscriber_down(const caf::actor_addr& who);

  journal_actor::stateful_pointer<journal_state> self;
  std::uint64_t epoch = 0;

  static inline const char* name = "journal";

private:
  struct subscription {
    subscriber_actor who;
    std::string import_id;
    std::uint32_t credit = 0;
    std::deque<import_event> backlog;
    bool needs_snapshot = true; ///< at the start, and again after falling too far behind
  };

  void fold(const import_event& event);
  void keep_figures(import_event& event) const;
  void complete_head(import_event& event) const;
  void forget_oldest();
  void serve(subscription& to);

  std::uint64_t sequence = 0;
  std::map<std::string, import_status> imports; ///< by id, which is ordered by tenant and time
  std::deque<std::string> ended;
  std::map<caf::actor_addr, subscription> subscriptions;
};

/// Nothing is sent beyond a subscriber's credit. `epoch` tells one life of the journal from the next.
journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self,
                                     std::uint64_t epoch);

} // namespace tidemark
