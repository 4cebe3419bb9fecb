#include "actors/pool/credential_breaker.hpp"

#include <algorithm>

namespace tidemark {

namespace {

/// Whether an answer can only come after the login was accepted. A refusal, a failure on the way and one of
/// the server say nothing about it.
bool proves_the_login(ec code) noexcept {
  switch (code) {
  case ec::authentication:
  case ec::refused:
  case ec::server:
  case ec::maintenance:
  case ec::timeout:
  case ec::transport:
  case ec::connection_lost:
  case ec::cancelled:
  case ec::internal: return false;
  default: return true;
  }
}

} // namespace

bool credential_breaker::may_send() const noexcept {
  switch (state_) {
  case state::refused: return false;
  case state::proven: return true;
  default: return open_ == 0;
  }
}

void credential_breaker::sent(time_point now) noexcept {
  if (signs_ && state_ == state::proven && open_ == 0 && now - last_good_ > trust) state_ = state::unproven;
  ++open_;
}

credential_breaker::news credential_breaker::closed(ec code, std::uint64_t generation, purpose what,
                                                    bool lone, bool opened, time_point now) {
  if (open_ > 0) --open_;
  if (!opened || state_ == state::refused) return news::none;
  if (code == ec::authentication) {
    refused_generation_ = std::max(refused_generation_, generation);
    return bad(lone);
  }
  if (!proves_the_login(code) || what == purpose::login) return news::none;
  if (state_ == state::proven) {
    last_good_ = now;
    return news::none;
  }
  if (!lone) return news::none; // it was sent before the suspicion
  bool was_suspected = state_ == state::suspected;
  state_ = state::proven;
  last_good_ = now;
  bad_in_a_row_ = 0;
  return was_suspected ? news::disguised : news::none;
}

credential_breaker::news credential_breaker::bad(bool lone) {
  if (state_ != state::proven && !lone) {
    ++bad_answers_; // of the same burst
    return news::none;
  }
  bad_answers_ = state_ == state::suspected ? bad_answers_ + 1 : 1;
  ++bad_in_a_row_;
  if (bad_in_a_row_ >= most_bad_logins) {
    state_ = state::refused;
    return news::refused;
  }
  state_ = state::suspected;
  return news::suspected;
}

void credential_breaker::retry() noexcept {
  if (state_ == state::proven || state_ == state::suspected) return;
  state_ = state::unproven;
  bad_in_a_row_ = most_bad_logins - 1;
}

} // namespace tidemark
