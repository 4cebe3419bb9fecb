/// One request to NetSuite as every actor makes it: authorize → slot → transfer → whose fault it was. The
/// slot goes back by itself when the transfer has closed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/clock.hpp"
#include "actors/pool/outage_breaker.hpp"
#include "messages/caf_error.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/credential.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/pool.hpp"
#include "netsuite/classify.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/unpack.hpp"

namespace tidemark {

/// What an actor needs in order to talk to one tenant's account.
struct account_services {
  pool_actor pool;
  http_actor http;
  credential_actor credential;
  std::string base_url;
  std::string tenant = {}; ///< whose login it is
  urgency how_urgent = urgency::interactive;
};

/// Room for so many bytes of an import's answers, in turn with whoever else wants some.
inline reserve_bytes room_for(const account_services& account, std::string import_id, std::uint64_t bytes) {
  return {bytes, account.pool->id(), account.tenant, std::move(import_id), account.how_urgent};
}

/// Where a call stands; whoever wants to stop it decides by this. In `judging` nothing is open any more.
enum class call_phase : std::uint8_t { idle, authorizing, waiting, transferring, judging };

struct call_result {
  http_response response;
  failure what;               ///< code none for a good answer
  bool excused = false;       ///< the failure was part of an outage: nobody's attempt
  std::uint32_t slots = 0;    ///< how many the account had at the grant; zero if there was none
  std::uint32_t requests = 0; ///< that were sent for it
};

/// At most one call at a time. Owned by the actor's state; its continuations run in the actor.
///
/// A 401 ends a call as `ec::refused`: whoever made it asks again, and the pool finds out whether it was a
/// refusal for concurrency. `ec::authentication` comes only once the login counts as refused for good.
/// A request whose kept connection turns out to be dead is made once more, unseen; so is one in a language
/// that the account does not take, in the one that it does.
class netsuite_call {
public:
  using continuation = std::function<void(call_result)>;

  netsuite_call(account_services services, std::string import_id, slot_purpose what = slot_purpose::work)
      : services_(std::move(services)), import_id_(std::move(import_id)), what_(what) {}

  call_phase phase() const noexcept { return phase_; }
  const account_services& services() const noexcept { return services_; }

  /// `retry`: was refused a moment ago, so goes to the head of the queue.
  template <class Self>
  void start(Self* self, http_request wanted, bool retry, continuation then) {
    abandoned_ = false;
    cancelled_ = false;
    language_told_ = false;
    slots_ = 0;
    requests_ = 0;
    request_ = std::move(wanted);
    unsigned_headers_ = request_.headers.size();
    then_ = std::move(then);
    authorize_request(self, retry);
  }

  /// Closes an open transfer; the call then ends as cancelled. Only in phase transferring.
  template <class Self>
  void cancel(Self* self) {
    cancelled_ = true;
    send(self, services_.http, cancel_transfer{request_.id, services_.pool});
  }

  /// Before its transfer: no transfer comes of the call, and its continuation is not called.
  void abandon() noexcept { abandoned_ = true; }

  /// In whatever phase: what is open is closed, nothing more is asked, and the continuation is not called.
  template <class Self>
  void give_up(Self* self) {
    if (phase_ == call_phase::transferring) cancel(self);
    if (phase_ != call_phase::idle) abandoned_ = true;
  }

private:
  // NetSuite refuses signatures that are five minutes old, and a queue may take longer.
  static constexpr auto login_lifetime = std::chrono::minutes{2};
  // A request that is answered 401 so often in a row, while others of the same login pass, will never pass.
  static constexpr int most_bad_answers = 5;

  /// Before the slot is asked for: a login may need a slot of its own, to be renewed.
  template <class Self>
  void authorize_request(Self* self, bool retry) {
    phase_ = call_phase::authorizing;
    request(self, services_.credential, caf::infinite,
            authorize{request_.method, request_.url, refused_login_})
        .then([this, self, retry](authorized& login) { acquire(self, std::move(login), retry); },
              [this](const caf::error& what) { service_failed(what); });
  }

  template <class Self>
  void acquire(Self* self, authorized login, bool retry) {
    if (abandoned_) return finish({});
    phase_ = call_phase::waiting;
    login_ = std::move(login);
    authorized_at_ = steady_now(self);
    auto& lane = import_id_.empty() ? services_.tenant : import_id_;
    auto signed_with = login_.header.empty() ? 0 : login_.generation;
    request(self, services_.pool, caf::infinite,
            acquire_slot{lane, retry, services_.tenant, signed_with, services_.how_urgent, what_})
        .then([this, self](const lease& granted) { granted_slot(self, granted); },
              [this](const caf::error& what) { service_failed(what); });
  }

  template <class Self>
  void granted_slot(Self* self, const lease& granted) {
    if (granted.refused_login != 0) {
      refused_login_ = granted.refused_login;
      return authorize_request(self, true);
    }
    if (abandoned_) {
      send(self, services_.http, cancel_transfer{granted.id, services_.pool});
      return finish({});
    }
    if (!login_.header.empty() && steady_now(self) - authorized_at_ > login_lifetime) {
      send(self, services_.http, cancel_transfer{granted.id, services_.pool});
      return authorize_request(self, true);
    }
    transfer(self, granted);
  }

  template <class Self>
  void transfer(Self* self, const lease& granted) {
    phase_ = call_phase::transferring;
    slots_ = granted.slots;
    ++requests_;
    request_.id = granted.id;
    request_.headers.resize(unsigned_headers_);
    if (!login_.header.empty()) request_.headers.push_back(login_.header);
    if (!login_.language.empty()) request_.headers.push_back("Accept-Language: " + login_.language);
    request(self, services_.http, caf::infinite, fetch{request_, services_.pool})
        .then([this, self](fetched& answer) { answered(self, std::move(answer)); },
              [this](const caf::error& what) { service_failed(what); });
  }

  template <class Self>
  void answered(Self* self, fetched answer) {
    bool bad_login = answer.what.code == ec::authentication;
    send(self, services_.credential,
         login_seen{login_.generation, bad_login, answer.response.server_date, wall_now()});
    if (answer.what.code == ec::connection_lost) {
      if (cancelled_) return finish({{}, {ec::cancelled, "cancelled"}});
      // Perhaps NetSuite has seen the signature all the same, so the request goes out signed anew. On a new
      // connection the same end counts.
      request_.fresh_connection = true;
      return authorize_request(self, true);
    }
    call_result result{std::move(answer.response), std::move(answer.what)};
    unpack(result.response);
    if (result.what.code == ec::none)
      if (auto whole = classify(result.response); !whole) result.what = std::move(whole.error());
    if (is_behind_last_row(request_, result.response, result.what)) {
      result.response = make_empty_page(std::move(result.response));
      result.what = {};
    }
    if (bad_login) return bad_answer(std::move(result));
    if (result.what.code == ec::wrong_language && result.what.subject != login_.language && !cancelled_
        && !std::exchange(language_told_, true)) {
      send(self, services_.credential, language_learned{result.what.subject});
      return authorize_request(self, true);
    }
    if (result.what.code == ec::none) bad_answers_ = 0;
    if (!outage_breaker::is_failure(result.what.code) || what_ == slot_purpose::probe)
      return finish(std::move(result));
    phase_ = call_phase::judging;
    auto failed = std::make_shared<call_result>(std::move(result));
    request(self, services_.pool, caf::infinite, judge_failure{request_.id})
        .then(
            [this, failed](const judged& verdict) {
              failed->excused = verdict.excused;
              finish(std::move(*failed));
            },
            [this, failed](const caf::error&) { finish(std::move(*failed)); });
  }

  /// A service that is gone takes whoever calls along, in a moment: that is no failure of the call.
  void service_failed(const caf::error& what) {
    if (what != caf::sec::request_receiver_down) finish({{}, to_failure(what)});
  }

  void bad_answer(call_result result) {
    refused_login_ = login_.header.empty() ? 0 : login_.generation;
    if (++bad_answers_ < most_bad_answers) result.what.code = ec::refused;
    finish(std::move(result));
  }

  void finish(call_result result) {
    phase_ = call_phase::idle;
    result.slots = slots_;
    result.requests = requests_;
    // The continuation may start the next call.
    auto then = std::exchange(then_, nullptr);
    if (!abandoned_) then(std::move(result));
  }

  account_services services_;
  std::string import_id_;
  slot_purpose what_;
  call_phase phase_ = call_phase::idle;
  http_request request_;
  authorized login_;
  std::uint64_t refused_login_ = 0;
  int bad_answers_ = 0; ///< in a row
  std::uint32_t slots_ = 0;
  std::uint32_t requests_ = 0;
  bool abandoned_ = false;
  bool language_told_ = false; ///< by an answer to this request
  bool cancelled_ = false;
  std::size_t unsigned_headers_ = 0; ///< of the request, without the one that signs it
  std::chrono::steady_clock::time_point authorized_at_;
  continuation then_;
};

} // namespace tidemark
