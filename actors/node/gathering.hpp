/// One answer that several others have a share in.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "messages/caf_compat.hpp"
#include "messages/promise.hpp"

namespace tidemark {

/// Delivers `Whole` as soon as everybody who was asked for a part has answered, has failed, or has had the
/// time for it: one that hangs does not silence the others.
template <class Whole>
class gathering {
public:
  /// `finish` puts the last hand to the whole before it is delivered; may be null.
  explicit gathering(answer_promise<Whole> promise, std::function<void(Whole&)> finish = {})
      : state_(std::make_shared<state>(state{std::move(promise), std::move(finish), {}})) {}

  /// What there is already.
  Whole& whole() { return state_->whole; }

  /// Asks for a part: `take(whole, part)` adds it, `miss(whole, error)` notes that there is none.
  template <class Part, class Self, class Handle, class Question, class Take, class Miss>
  void ask(Self* self, const Handle& whom, std::chrono::milliseconds patience, Question&& question, Take take,
           Miss miss) {
    ++state_->open;
    request(self, whom, patience, std::forward<Question>(question))
        .then(
            [all = state_, take](Part& part) {
              take(all->whole, part);
              all->one_less();
            },
            [all = state_, miss](const caf::error& error) {
              miss(all->whole, error);
              all->one_less();
            });
  }

  /// Everybody has been asked.
  caf::result<Whole> answer() {
    auto promise = state_->promise;
    state_->one_less();
    return promise;
  }

private:
  struct state {
    answer_promise<Whole> promise;
    std::function<void(Whole&)> finish;
    Whole whole;
    std::size_t open = 1; ///< one for whoever asks

    void one_less() {
      if (--open > 0) return;
      if (finish) finish(whole);
      promise.deliver(std::move(whole));
    }
  };

  std::shared_ptr<state> state_;
};

} // namespace tidemark
