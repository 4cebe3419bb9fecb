#include "actors/request/credential.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/pool/outage_breaker.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "config/secret.hpp"
#include "messages/promise.hpp"
#include "netsuite/unpack.hpp"

namespace tidemark {

namespace {

// The pool hears of a refusal before whoever was refused: a signature that is made at once would lack the
// time that the refusal tells. Who was refused may have died since, so this is not waited for longer.
constexpr auto refusal_patience = std::chrono::milliseconds{500};

/// What the pool's queue waits for to pass: a token request is then simply made again.
bool passes_by_itself(ec code) {
  return code == ec::refused || code == ec::connection_lost || outage_breaker::is_failure(code);
}

} // namespace

caf::result<authorized> credential_keeper_state::answer(const authorize& wanted) {
  auto promise = make_promise<authorized>(self);
  if (wanted.refused_login > refusal_seen) {
    unseen.push_back({wanted, promise});
    delayed_send_self(self, refusal_patience, login_seen{wanted.refused_login, true});
  } else {
    serve({wanted, promise});
  }
  return promise;
}

void credential_keeper_state::serve(waiter next) {
  login->unauthorized(next.wanted.refused_login);
  if (login->state(wall_now()) == credential_state::ready) return next.promise.deliver(sign(next.wanted));
  waiters.push_back(std::move(next));
  if (!renewing) renew();
}

void credential_keeper_state::renew() {
  renewing = true;
  acquire_slot wanted{tenant, false, tenant};
  wanted.what = slot_purpose::login;
  request(self, pool, caf::infinite, std::move(wanted))
      .then([this](const lease& granted) { transfer(granted); },
            [this](const caf::error& what) { fail_waiters(to_failure(what)); });
}

void credential_keeper_state::transfer(const lease& granted) {
  // Made now and not before the wait: the assertion carries the time.
  auto wanted = login->token_request(wall_now());
  if (!wanted) {
    send(self, http, cancel_transfer{granted.id, pool});
    return fail_waiters(wanted.error());
  }
  wanted->id = granted.id;
  request(self, http, caf::infinite, fetch{std::move(*wanted), pool})
      .then([this](fetched& answer) { token_answered(std::move(answer)); },
            [this](const caf::error& what) { fail_waiters(to_failure(what)); });
}

void credential_keeper_state::token_answered(fetched answer) {
  unpack(answer.response);
  if (answer.what.code == ec::authentication)
    login->observe_refusal(answer.response.server_date, wall_now());
  else
    login->observe(answer.response.server_date, wall_now());
  auto arrived = login->token_arrived(answer.response, wall_now());
  if (answer.response.body) wipe(*answer.response.body);
  if (arrived) return serve_waiters();
  log(log_level::warning, "credential", "token_refused", "tenant {}: {}", tenant, render(arrived.error()));
  // The pool lets a refused login have one more try and then none; it paces everything else.
  if (answer.what.code == ec::authentication || passes_by_itself(answer.what.code)) return renew();
  fail_waiters(arrived.error());
}

void credential_keeper_state::serve_waiters() {
  renewing = false;
  for (auto& waiting : std::exchange(waiters, {})) waiting.promise.deliver(sign(waiting.wanted));
}

authorized credential_keeper_state::sign(const authorize& wanted) {
  auto signed_now = login->authorize(wanted.method, wanted.url, wall_now());
  return {std::move(signed_now.header), signed_now.generation, language};
}

void credential_keeper_state::learn(const language_learned& what) {
  if (what.language == language) return; // several requests were under way
  language = what.language;
  auto text =
      language.empty()
          ? std::string{"the account does not take the language of accept_language, and names no other: "
                        "none is asked for from now on; remove the setting"}
          : fmt::format("the account takes requests in '{0}' alone, and is asked so from now on; "
                        "accept_language = \"{0}\" spares the attempt",
                        language);
  log(log_level::warning, "credential", "language_learned", "tenant {}: {}", tenant, text);
  if (notes) send(self, notes, note_added{{{}, "language_learned", language, text, wall_now()}});
}

void credential_keeper_state::fail_waiters(const failure& what) {
  renewing = false;
  for (auto& waiting : std::exchange(waiters, {})) waiting.promise.deliver(to_caf_error(what));
}

void credential_keeper_state::saw(const login_seen& seen) {
  if (!seen.refused) return login->observe(seen.server_date, seen.local);
  login->observe_refusal(seen.server_date, seen.local);
  login->unauthorized(seen.generation);
  refusal_seen = std::max(refusal_seen, seen.generation);
  for (auto& next : std::exchange(unseen, {}))
    next.wanted.refused_login > refusal_seen ? unseen.push_back(std::move(next)) : serve(std::move(next));
}

credential_actor::behavior_type
credential_keeper(credential_actor::stateful_pointer<credential_keeper_state> self, std::string tenant,
                  credential login, pool_actor pool, http_actor http, std::string language,
                  note_taker notes) {
  name_exceptions(self);
  auto& state = state_of(self);
  state.tenant = std::move(tenant);
  state.login.emplace(std::move(login));
  state.pool = std::move(pool);
  state.http = std::move(http);
  state.language = std::move(language);
  state.notes = std::move(notes);
  return {
      [self](const authorize& wanted) { return state_of(self).answer(wanted); },
      [self](const login_seen& seen) { state_of(self).saw(seen); },
      [self](const language_learned& what) { state_of(self).learn(what); },
  };
}

} // namespace tidemark
