#include "actors/credential.hpp"

#include "actors/clock.hpp"
#include "config/logging.hpp"

namespace tidemark {

namespace {

failure refused_login() {
  return {ec::authentication,
          "authentication failed: NetSuite refused the credentials twice; correct them and start again (five "
          "refused logins lock the user "
          "for half an hour)"};
}

} // namespace

caf::result<authorized> credential_keeper_state::answer(const authorize& wanted) {
  switch (login->state(wall_now())) {
  case credential_state::ready: {
    auto signed_now = login->authorize(wanted.method, wanted.url, wall_now());
    return authorized{std::move(signed_now.header), signed_now.generation};
  }
  case credential_state::refused: return to_caf_error(refused_login());
  case credential_state::needs_token: break;
  }
  auto promise = self->make_response_promise<authorized>();
  waiters.push_back({wanted, promise});
  renew();
  return promise;
}

void credential_keeper_state::renew() {
  if (renewing) return;
  auto wanted = login->token_request(wall_now());
  if (!wanted) {
    fail_waiters(wanted.error());
    return;
  }
  renewing = true;
  request(self, pool, caf::infinite, acquire_slot{})
      .then([this, wanted = std::move(*wanted)](
                const lease& granted) mutable { transfer(std::move(wanted), granted); },
            [this](const caf::error& what) { fail_waiters(to_failure(what)); });
}

void credential_keeper_state::transfer(http_request wanted, const lease& granted) {
  wanted.id = granted.id;
  request(self, http, caf::infinite, fetch{std::move(wanted), pool})
      .then(
          [this](const fetched& answer) {
            renewing = false;
            login->observe(answer.response.server_date, wall_now());
            if (auto arrived = login->token_arrived(answer.response, wall_now()); !arrived) {
              log(log_level::warning, "credential", "token_refused", "{}", render(arrived.error()));
              fail_waiters(arrived.error());
              return;
            }
            serve_waiters();
          },
          [this](const caf::error& what) { fail_waiters(to_failure(what)); });
}

void credential_keeper_state::serve_waiters() {
  for (auto& waiting : std::exchange(waiters, {})) {
    auto signed_now = login->authorize(waiting.wanted.method, waiting.wanted.url, wall_now());
    waiting.promise.deliver(authorized{std::move(signed_now.header), signed_now.generation});
  }
}

void credential_keeper_state::fail_waiters(const failure& what) {
  renewing = false;
  for (auto& waiting : std::exchange(waiters, {})) waiting.promise.deliver(to_caf_error(what));
}

void credential_keeper_state::saw(const login_seen& seen) {
  login->observe(seen.server_date, seen.local);
  if (seen.accepted) login->accepted(seen.generation);
  if (seen.refused) login->unauthorized(seen.generation);
}

credential_actor::behavior_type
credential_keeper(credential_actor::stateful_pointer<credential_keeper_state> self, credential login,
                  pool_actor pool, http_actor http) {
  auto& state = state_of(self);
  state.login.emplace(std::move(login));
  state.pool = std::move(pool);
  state.http = std::move(http);
  return {
      [self](const authorize& wanted) { return state_of(self).answer(wanted); },
      [self](const login_seen& seen) { state_of(self).saw(seen); },
      [self](const retry_login&) { state_of(self).login->retry(); },
  };
}

} // namespace tidemark
