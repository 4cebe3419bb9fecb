/// One request to NetSuite as every actor makes it: authorize → slot → transfer. The slot goes back by itself
/// when the transfer has closed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/clock.hpp"
#include "messages/caf_error.hpp"
#include "messages/protocol.hpp"

namespace tidemark {

/// What an actor needs in order to talk to one tenant's account.
struct account_services {
  pool_actor pool;
  http_actor http;
  credential_actor credential;
  std::string base_url;
  std::string accept_language;
};

/// Where a call stands; whoever wants to stop it decides by this.
enum class call_phase : std::uint8_t { idle, authorizing, waiting, transferring };

struct call_result {
  http_response response;
  failure what;       ///< code none for a good answer
  bool probe = false; ///< was sent to find out whether the account is back
};

/// At most one call at a time. Owned by the actor's state; its continuations run in the actor.
class netsuite_call {
public:
  using continuation = std::function<void(call_result)>;

  netsuite_call(account_services services, std::string import_id)
      : services_(std::move(services)), import_id_(std::move(import_id)) {}

  call_phase phase() const noexcept { return phase_; }
  const account_services& services() const noexcept { return services_; }

  /// `retry`: was refused a moment ago, so goes to the head of the queue.
  template <class Self>
  void start(Self* self, http_request wanted, bool retry, continuation then) {
    request_ = std::move(wanted);
    then_ = std::move(then);
    authorize_request(self, retry);
  }

  /// Closes an open transfer; the call then ends as cancelled. Only in phase transferring.
  template <class Self>
  void cancel(Self* self) {
    send(self, services_.http, cancel_transfer{request_.id, services_.pool});
  }

private:
  // NetSuite refuses signatures that are five minutes old, and a queue may take longer.
  static constexpr auto login_lifetime = std::chrono::minutes{2};

  /// Before the slot is asked for: a login may need a slot of its own, to be renewed.
  template <class Self>
  void authorize_request(Self* self, bool retry) {
    phase_ = call_phase::authorizing;
    request(self, services_.credential, caf::infinite, authorize{request_.method, request_.url})
        .then([this, self, retry](authorized& login) { acquire(self, std::move(login), retry); },
              [this](const caf::error& what) { finish({{}, to_failure(what), false}); });
  }

  template <class Self>
  void acquire(Self* self, authorized login, bool retry) {
    phase_ = call_phase::waiting;
    login_ = std::move(login);
    authorized_at_ = steady_now(self);
    request(self, services_.pool, caf::infinite, acquire_slot{import_id_, retry})
        .then([this, self](const lease& granted) { transfer(self, granted); },
              [this](const caf::error& what) { finish({{}, to_failure(what), false}); });
  }

  template <class Self>
  void transfer(Self* self, const lease& granted) {
    if (!login_.header.empty() && steady_now(self) - authorized_at_ > login_lifetime) {
      send(self, services_.http, cancel_transfer{granted.id, services_.pool});
      return authorize_request(self, true);
    }
    phase_ = call_phase::transferring;
    request_.id = granted.id;
    if (!login_.header.empty()) request_.headers.push_back(login_.header);
    request(self, services_.http, caf::infinite, fetch{request_, services_.pool})
        .then(
            [this, self, probe = granted.probe](fetched& answer) {
              send(self, services_.credential,
                   login_seen{login_.generation, answer.what.code == ec::none,
                              answer.what.code == ec::authentication, answer.response.server_date,
                              wall_now()});
              finish({std::move(answer.response), std::move(answer.what), probe});
            },
            [this](const caf::error& what) { finish({{}, to_failure(what), false}); });
  }

  void finish(call_result result) {
    phase_ = call_phase::idle;
    // The continuation may start the next call.
    auto then = std::exchange(then_, nullptr);
    then(std::move(result));
  }

  account_services services_;
  std::string import_id_;
  call_phase phase_ = call_phase::idle;
  http_request request_;
  authorized login_;
  std::chrono::steady_clock::time_point authorized_at_;
  continuation then_;
};

} // namespace tidemark
