/// Who of this process has not ended yet, in words, so that a stop that takes too long can name them. One
/// list per process, as there is one log.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/all.hpp>

namespace tidemark {

/// A place in the list, from now until `leave`.
class roll_entry {
public:
  explicit roll_entry(const std::string& who);
  void leave() const;

private:
  std::string who_;
};

/// Keeps an actor in the list until it has ended. `who` is for people: "tenant acme".
template <class Actor>
void enter_roll(const Actor& actor, const std::string& who) {
  auto leave = [entry = roll_entry{who}] { entry.leave(); };
  if constexpr (std::is_pointer_v<Actor>)
    actor->attach_functor(std::move(leave));
  else
    caf::actor_cast<caf::abstract_actor*>(actor)->attach_functor(std::move(leave));
}

/// Everybody in the list, each once, in alphabetical order. May be called by any thread.
std::vector<std::string> still_here();

} // namespace tidemark
