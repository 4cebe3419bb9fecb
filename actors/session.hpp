/// One link's view of a node.
#pragma once

#include <cstdint>
#include <string>

#include "messages/protocol.hpp"

namespace tidemark {

struct session_state {
  explicit session_state(session_actor::stateful_pointer<session_state> actor) : self(actor) {}

  /// Passes the question on and its answer back. Delegated, it would be answered to the link by whoever knows
  /// the answer, and the link layer then watches that actor: where it is a detached one that ends with the
  /// node, word of its end may stay in a mailbox that nobody reads any more and keep the process from ending.
  /// `heard` learns before the client of the answer, or (with no answer) of the failure.
  template <class Answer, class Question, class Heard>
  caf::result<Answer> relayed(const Question& wanted, Heard heard);

  /// The same, and tells the audit what became of it.
  template <class Answer, class Command>
  caf::result<Answer> audited(const Command& wanted);

  void client_gone();

  session_actor::stateful_pointer<session_state> self;
  node_actor node;
  journal_actor journal;
  std::string origin;

  static inline const char* name = "session";

private:
  void ended(audit_entry entry, const failure& what);

  std::uint32_t open = 0; ///< commands that the audit has not heard of yet
  bool gone = false;
};

/// Passes every command on to the node. Ends with `client`, the actor at the other end of the link, once the
/// audit knows what its last commands have come to. `origin` is where the client came from, for the audit.
session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self, node_actor node,
                                     journal_actor journal, caf::strong_actor_ptr client, std::string origin);

/// What a new link sees: answers a hello of the right version with a session. `origin` names the door.
door_actor::behavior_type door(door_actor::pointer self, node_actor node, journal_actor journal,
                               std::string node_name, std::string origin);

} // namespace tidemark
