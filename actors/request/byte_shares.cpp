#include "actors/request/byte_shares.hpp"

#include <algorithm>

namespace tidemark {

byte_shares::accounts::iterator byte_shares::find(account_id account) {
  return std::ranges::find(accounts_, account, &account_entry::id);
}

void byte_shares::drop_idle(accounts::iterator account) {
  if (account->held == 0 && account->queue.empty()) accounts_.erase(account);
}

void byte_shares::enqueue(const ask& wanted) {
  auto account = find(wanted.account);
  if (account == accounts_.end()) account = accounts_.insert(accounts_.end(), {wanted.account, 0, {}});
  account->queue.push(wanted.waiter, {wanted.tenant, wanted.lane}, wanted.how_urgent, false);
  waiters_.emplace(wanted.waiter, waiter_entry{wanted.account, wanted.bytes});
}

void byte_shares::forget(waiter_id waiter) {
  auto gone = waiters_.extract(waiter);
  if (gone.empty()) return;
  auto account = find(gone.mapped().account);
  if (account == accounts_.end()) return;
  account->queue.erase(waiter);
  drop_idle(account);
}

/// What the account asks for next; nothing if nobody of it waits.
std::optional<std::uint64_t> byte_shares::wanted(const account_entry& account) const {
  auto next = account.queue.next();
  if (!next) return std::nullopt;
  auto waiter = waiters_.find(*next);
  return waiter == waiters_.end() ? 0 : waiter->second.bytes;
}

byte_shares::accounts::iterator byte_shares::next_account() {
  bool some_find_too_little = false;
  auto first = std::ranges::find_if(accounts_, [&](auto& x) {
    auto bytes = x.held == 0 ? wanted(x) : std::nullopt;
    bool fits = bytes && (reserved_ == 0 || *bytes <= free());
    some_find_too_little = some_find_too_little || (bytes && !fits);
    return fits;
  });
  if (first != accounts_.end() || some_find_too_little) return first;
  return std::ranges::find_if(accounts_, [this](auto& x) {
    auto bytes = wanted(x);
    return bytes && *bytes <= free() && x.held + *bytes <= free() - *bytes;
  });
}

std::vector<byte_shares::waiter_id> byte_shares::advance() {
  std::vector<waiter_id> granted;
  for (auto next = next_account(); next != accounts_.end(); next = next_account()) {
    auto bytes = wanted(*next).value_or(0);
    auto waiter = next->queue.pop().value_or(0);
    next->held += bytes;
    reserved_ += bytes;
    waiters_.erase(waiter);
    accounts_.splice(accounts_.end(), accounts_, next);
    granted.push_back(waiter);
  }
  return granted;
}

void byte_shares::give_back(account_id account, std::uint64_t bytes) {
  auto found = find(account);
  if (found == accounts_.end()) return;
  auto returned = std::min(bytes, found->held);
  found->held -= returned;
  reserved_ -= returned;
  drop_idle(found);
}

std::uint64_t byte_shares::held(account_id account) const {
  auto found = std::ranges::find(accounts_, account, &account_entry::id);
  return found == accounts_.end() ? 0 : found->held;
}

} // namespace tidemark
