/// One link's view of a node.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "messages/inside/journal.hpp"
#include "messages/inside/node.hpp"
#include "messages/inside/session.hpp"
#include "messages/wire/control.hpp"

namespace tidemark {

/// How long a session outlives its node at most, for the audit. Whatever waits for a node that has ended
/// hears so at once, unless it waits for somebody who hangs.
inline constexpr std::chrono::seconds last_patience{1};

/// Takes messages of any type: which there are is `session_actor`'s to say, what is to be known of each the
/// command table's.
struct session_state {
  using pointer = caf::stateful_actor<session_state>*;
  explicit session_state(pointer actor) : self(actor) {}

  /// Passes the question on and its answer back. Delegated, it would be answered to the link by whoever knows
  /// the answer, and the link layer then watches that actor: where it is a detached one that ends with the
  /// node, word of its end may stay in a mailbox that nobody reads any more and keep the process from ending.
  /// The audit hears of a command that changes something before the client does.
  caf::result<caf::message> relay(caf::message question);
  /// The live stream is the journal's.
  void relay_to_journal(caf::message order);

  /// The client, or the node, has ended.
  void gone_down(const caf::actor_addr& who);
  /// For a while: whatever has not been answered is not going to be.
  void node_is_gone();

  pointer self;
  node_actor node;
  journal_actor journal;
  std::string origin;

  static inline const char* name = "session";

private:
  void ended(std::uint64_t number, const failure& what);
  void leave_if_done();
  void leave();

  std::map<std::uint64_t, audit_entry> open; ///< of commands that the audit has not heard of yet
  std::uint64_t last_number = 0;             ///< of a question
  bool gone = false;
};

/// Serves `client`, the actor at the other end of the link. Ends with it, once the audit knows what its last
/// commands have come to, or with the node: the log has what the audit could not hear of any more. `origin`
/// is where the client came from, for the audit.
caf::behavior session(session_state::pointer self, node_actor node, journal_actor journal,
                      caf::strong_actor_ptr client, std::string origin);

/// What a new link sees: answers a hello of the right version with a session. `origin` names the door.
door_actor::behavior_type door(door_actor::pointer self, node_actor node, journal_actor journal,
                               std::string node_name, std::string origin);

} // namespace tidemark
