/// Pure core of the byte budget: who gets room for an answer now.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/pool/fair_queue.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Shares the room among accounts, so that one whose requests hang cannot take it all:
/// - Accounts take turns, and within each its tenants and imports (`fair_queue`). The order within an account
///   is kept, so that a large reservation is not passed by small ones for ever.
/// - What an account takes beyond its first reservation may not exceed what is left free then (dynamic
///   thresholds: Choudhury and Hahne, 1998). Alone it gets half of the room; two busy ones get a third each;
///   and a newcomer finds some.
/// - One that holds nothing goes before those that do, and takes whatever is free. While it does not find
///   enough, others get no second reservation, so that what they give back is left for it.
/// - A reservation larger than the whole room is granted when nothing else is reserved: nobody waits for
///   ever.
class byte_shares {
public:
  using waiter_id = fair_queue::waiter_id;
  using account_id = std::uint64_t;

  struct ask {
    waiter_id waiter = 0;
    std::uint64_t bytes = 0;
    account_id account = 0;
    std::string tenant = {};
    std::string lane = {}; ///< an import's id
    urgency how_urgent = urgency::interactive;
  };

  explicit byte_shares(std::uint64_t capacity) : capacity_(capacity) {}

  void enqueue(const ask& wanted);

  /// The waiter has gone before it got its room. Unknown waiters are ignored.
  void forget(waiter_id waiter);

  /// Those who get their room now, in this order. Call after each change.
  std::vector<waiter_id> advance();

  /// So many bytes of an account are free again; at most those that it holds.
  void give_back(account_id account, std::uint64_t bytes);

  std::uint64_t reserved() const noexcept { return reserved_; }
  std::uint64_t held(account_id account) const;
  std::size_t waiting() const noexcept { return waiters_.size(); }

private:
  struct account_entry {
    account_id id = 0;
    std::uint64_t held = 0;
    fair_queue queue;
  };
  struct waiter_entry {
    account_id account = 0;
    std::uint64_t bytes = 0;
  };
  using accounts = std::list<account_entry>; ///< the front one is next; none that neither holds nor waits

  accounts::iterator find(account_id account);
  void drop_idle(accounts::iterator account);
  std::optional<std::uint64_t> wanted(const account_entry& account) const;
  accounts::iterator next_account();
  std::uint64_t free() const noexcept { return capacity_ > reserved_ ? capacity_ - reserved_ : 0; }

  std::uint64_t capacity_;
  std::uint64_t reserved_ = 0;
  accounts accounts_;
  std::map<waiter_id, waiter_entry> waiters_;
};

} // namespace tidemark
