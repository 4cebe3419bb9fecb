/// Exceptions in the message handlers of actors, at the very place where the test wants them.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <caf/all.hpp>

namespace tidemark {

/// A message handler: which kind of actor handles what.
struct handler {
  std::string actor;   ///< the actor's name, such as "wave"
  std::string message; ///< the type of the message; "answer to " and the question's type for an answer

  friend auto operator<=>(const handler&, const handler&) = default;
};

/// Before it runs, the message is lost with the actor; after it, what it has sent is on its way. Never: the
/// actor lives, and the message is lost as if its handler hung.
enum class moment { before, after, never };

struct injection {
  handler where;
  std::size_t occurrence = 1; ///< which message of this handler; zero: each of them
  moment when = moment::before;
};

std::string to_string(const injection& what);

/// Sees every message that an actor of its own thread handles, counts them, and throws where it is told.
/// One at a time.
class injector {
public:
  explicit injector(std::set<std::string> actors);
  ~injector();
  injector(const injector&) = delete;
  injector& operator=(const injector&) = delete;

  void plan(injection what) { planned_ = std::move(what); }

  /// No exception from now on.
  void disarm() { armed_ = false; }

  const std::map<handler, std::size_t>& seen() const { return seen_; }
  /// How often something was injected.
  std::size_t thrown() const { return thrown_; }

  /// What the exceptions say.
  static constexpr auto text = "injected defect";

  caf::invoke_message_result consume(caf::scheduled_actor* self, caf::mailbox_element& element);

private:
  handler name_of(const caf::scheduled_actor& self, const caf::mailbox_element& element);

  std::set<std::string> actors_;
  injection planned_;
  bool armed_ = true;
  std::size_t thrown_ = 0;
  std::map<handler, std::size_t> seen_;
  std::map<std::pair<caf::actor_id, std::uint64_t>, std::string> questions_; ///< by asker and message id
};

} // namespace tidemark
