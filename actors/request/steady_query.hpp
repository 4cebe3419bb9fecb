/// Queries of an actor that has nothing else to do: each is tried until it is answered or has failed for
/// good.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "actors/request/netsuite_call.hpp"
#include "actors/wave/batch_life_cycle.hpp"

namespace tidemark {

/// One query at a time. The actor passes its `tick` to `delay_over`; continuations run in the actor.
template <class Self>
class steady_query {
public:
  using continuation = std::function<void(outcome<http_response>)>;
  using user = std::function<outcome<void>(const http_response&)>;
  using failed_for_good = std::function<void(const call_result&)>;

  steady_query(Self* self, account_services services, std::string import_id, std::uint32_t max_attempts)
      : self_(self), call_(std::move(services), std::move(import_id)), retry_{.max_attempts = max_attempts} {}

  const account_services& services() const noexcept { return call_.services(); }
  call_phase phase() const noexcept { return call_.phase(); }

  void ask(http_request wanted, continuation then) {
    ask(
        std::move(wanted),
        [then](const http_response& answer) -> outcome<void> {
          then(answer);
          return {};
        },
        [then](const call_result& failed) { then(std::unexpected(failed.what)); });
  }

  /// An answer that `use` refuses counts as a failed attempt, and the query is tried again. `use` may ask the
  /// next one, unless it refuses.
  void ask(http_request wanted, user use, failed_for_good failed) {
    request_ = std::move(wanted);
    use_ = std::move(use);
    failed_ = std::move(failed);
    attempts_ = 0;
    start(false);
  }

  void delay_over(std::uint64_t generation) {
    if (generation == generation_ && use_) start(false);
  }

  /// Ends the query that is open, if there is one: nothing comes of it any more. False if its transfer has to
  /// be waited for; `stopped` is called then.
  bool stop(std::function<void()> stopped) {
    ++generation_;
    if (call_.phase() != call_phase::transferring) {
      call_.abandon();
      return true;
    }
    if (!stopped_) call_.cancel(self_);
    stopped_ = std::move(stopped);
    return false;
  }

private:
  void start(bool retry) {
    call_.start(self_, request_, retry, [this](call_result result) { answered(std::move(result)); });
  }

  void answered(call_result result) {
    if (stopped_) return stopped_();
    auto code = result.what.code;
    if (code == ec::none) return use(std::move(result));
    if (code == ec::refused) return start(true);
    failed(std::move(result));
  }

  void use(call_result result) {
    auto take = std::exchange(use_, nullptr); // it may ask the next one
    auto taken = take(result.response);
    if (taken) return;
    use_ = std::move(take);
    result.what = std::move(taken.error());
    failed(std::move(result));
  }

  void failed(call_result result) {
    auto code = result.what.code;
    bool may_pass = is_worth_retrying(code);
    // An outage is no fault of this query, which waits with all others until the account is there again.
    if (result.excused && may_pass) return start(false);
    if (!may_pass || ++attempts_ >= retry_.max_attempts) {
      use_ = nullptr;
      auto tell = std::exchange(failed_, nullptr);
      return tell(result);
    }
    delayed_send_self(self_, retry_delay(code, attempts_, retry_), tick{++generation_});
  }

  Self* self_;
  netsuite_call call_;
  retry_options retry_;
  http_request request_;
  user use_;
  failed_for_good failed_;
  std::function<void()> stopped_;
  std::uint32_t attempts_ = 0;
  std::uint64_t generation_ = 0;
};

} // namespace tidemark
