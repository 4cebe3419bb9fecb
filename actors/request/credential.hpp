/// A tenant's login, as an actor around `credential`.
#pragma once

#include <deque>
#include <optional>

#include "actors/request/netsuite_call.hpp"
#include "messages/inside/credential.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/pool.hpp"
#include "messages/inside/wave.hpp"
#include "messages/promise.hpp"
#include "netsuite/credential.hpp"

namespace tidemark {

/// Whoever tells people what was found out about an account.
using note_taker = caf::typed_actor<sig<void, note_added>>;

struct credential_keeper_state {
  struct waiter {
    authorize wanted;
    answer_promise<authorized> promise;
  };

  explicit credential_keeper_state(credential_actor::stateful_pointer<credential_keeper_state> actor)
      : self(actor) {}

  caf::result<authorized> answer(const authorize& wanted);
  void saw(const login_seen& seen);
  void learn(const language_learned& what);

  credential_actor::stateful_pointer<credential_keeper_state> self;
  std::string tenant;
  std::optional<credential> login;
  pool_actor pool;
  http_actor http;
  std::string language;
  note_taker notes;

  static inline const char* name = "credential";

private:
  void serve(waiter next);
  void renew();
  void transfer(const lease& granted);
  void token_answered(fetched answer);
  authorized sign(const authorize& wanted);
  void serve_waiters();
  void fail_waiters(const failure& what);

  std::deque<waiter> waiters;
  std::deque<waiter> unseen;      ///< told by the pool of a refusal whose Date is on its way here
  std::uint64_t refusal_seen = 0; ///< the latest login of which one has come
  bool renewing = false;
};

/// A token is fetched with a lease of its own, while those who need it wait without one. They wait for as
/// long as the account is down or its slots are taken, and fail once the pool counts the login as refused.
/// `language` is what requests are made in, if not in the company's; `notes` hears of it if that changes.
credential_actor::behavior_type
credential_keeper(credential_actor::stateful_pointer<credential_keeper_state> self, std::string tenant,
                  credential login, pool_actor pool, http_actor http, std::string language = {},
                  note_taker notes = {});

} // namespace tidemark
