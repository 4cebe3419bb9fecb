/// An actor system in which nothing happens by itself: the test runs the actors and moves the clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "messages/caf_compat.hpp"
#include "messages/caf_error.hpp"

namespace tidemark {

/// To a puppet: something to do as an actor.
struct play {
  std::function<void(caf::event_based_actor*)> act;
};

/// What came back for a question; nothing while it waits for its answer.
template <class Answer>
class reply {
public:
  bool arrived() const { return said_->has_value(); }
  bool failed() const { return arrived() && !said_->value(); }

  /// The answer; only after it has arrived well.
  const Answer& value() const { return said_->value().value(); }
  /// Why there is none; only after it has failed.
  const failure& error() const { return said_->value().error(); }

private:
  friend class driven_system;
  std::shared_ptr<std::optional<outcome<Answer>>> said_ = std::make_shared<std::optional<outcome<Answer>>>();
};

class driven_system {
public:
  driven_system();
  ~driven_system();
  driven_system(const driven_system&) = delete;
  driven_system& operator=(const driven_system&) = delete;

  /// Lets the actors work until none has anything left to do at this moment.
  void settle();

  /// Moves the clock, in steps that are small against every delay of the system, and settles after each.
  void advance(std::chrono::milliseconds by);

  /// Spawns an actor and lets it begin. It is ended together with this object.
  template <class F, class... Ts>
  auto spawn(F fun, Ts&&... xs) {
    return keep(system.spawn(fun, std::forward<Ts>(xs)...));
  }

  /// The same, but what is asked of it next comes before all that it waits for.
  template <class F, class... Ts>
  auto launch(F fun, Ts&&... xs) {
    auto actor = system.spawn(fun, std::forward<Ts>(xs)...);
    kept_.push_back(caf::actor_cast<caf::strong_actor_ptr>(actor));
    return actor;
  }

  template <class Handle>
  Handle keep(Handle actor) {
    kept_.push_back(caf::actor_cast<caf::strong_actor_ptr>(actor));
    settle();
    return actor;
  }

  /// An actor that does what the test tells it.
  caf::actor spawn_puppet();

  /// Has the puppet do something, and settles.
  void let(const caf::actor& puppet, std::function<void(caf::event_based_actor*)> act);

  /// Sends a message from nobody, and settles.
  template <class Handle, class Message>
  void tell(const Handle& to, Message&& message) {
    post(to, std::forward<Message>(message));
    settle();
  }

  /// Asks as the given puppet, or as one of its own, and settles.
  template <class Answer, class Handle, class Message>
  reply<Answer> ask(const Handle& whom, Message question) {
    return ask_as<Answer>(asker_, whom, std::move(question));
  }

  template <class Answer, class Handle, class Message>
  reply<Answer> ask_as(const caf::actor& asker, const Handle& whom, Message question) {
    reply<Answer> result;
    let(asker, [said = result.said_, whom, question](caf::event_based_actor* self) {
      request(self, whom, caf::infinite, question)
          .then([said](const Answer& answer) { *said = answer; },
                [said](const caf::error& error) { *said = std::unexpected(to_failure(error)); });
    });
    return result;
  }

  /// Ends an actor as a crash would.
  template <class Handle>
  void crash(const Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::unreachable);
    settle();
  }

  caf::actor_system_config settings;
  caf::actor_system system;

private:
  caf::scheduler::test_coordinator& scheduler_;
  std::vector<caf::strong_actor_ptr> kept_;
  caf::actor asker_;
};

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::play)
