/// A tenant's login, as an actor around `credential`.
#pragma once

#include <deque>
#include <optional>

#include "actors/netsuite_call.hpp"
#include "messages/protocol.hpp"
#include "netsuite/credential.hpp"

namespace tidemark {

struct credential_keeper_state {
  struct waiter {
    authorize wanted;
    caf::typed_response_promise<authorized> promise;
  };

  explicit credential_keeper_state(credential_actor::stateful_pointer<credential_keeper_state> actor)
      : self(actor) {}

  caf::result<authorized> answer(const authorize& wanted);
  void saw(const login_seen& seen);

  credential_actor::stateful_pointer<credential_keeper_state> self;
  std::optional<credential> login;
  pool_actor pool;
  http_actor http;

  static inline const char* name = "credential";

private:
  void renew();
  void transfer(http_request wanted, const lease& granted);
  void serve_waiters();
  void fail_waiters(const failure& what);

  std::deque<waiter> waiters;
  bool renewing = false;
};

/// A token is fetched with a lease of its own, while those who need it wait without one.
credential_actor::behavior_type
credential_keeper(credential_actor::stateful_pointer<credential_keeper_state> self, credential login,
                  pool_actor pool, http_actor http);

} // namespace tidemark
