#include "actors/node/session.hpp"

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/node/command_table.hpp"
#include "actors/roll_call.hpp"
#include "actors/supervision.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/promise.hpp"
#include "messages/relay.hpp"

namespace tidemark {

namespace {

/// For people. Whoever ended without an answer was a part of the node, as long as the node itself is there.
caf::error told(const caf::error& error, const node_actor& node) {
  bool node_is_gone =
      caf::actor_cast<caf::abstract_actor*>(node)->getf(caf::abstract_actor::is_terminated_flag);
  if (node_is_gone || error == caf::sec::unexpected_message) return error;
  if (error == caf::sec::request_receiver_down)
    return to_caf_error(
        {ec::internal,
         "the part of the node that was asked has ended without an answer; the node's log says why"});
  if (error == caf::sec::request_timeout)
    return to_caf_error(
        {ec::timeout, "the part of the node that was asked gives no answer; the node's log may say why"});
  return error;
}

} // namespace

caf::result<caf::message> session_state::relay(caf::message question) {
  auto* facts = facts_of(question);
  if (facts == nullptr || !facts->at_doors) return caf::make_error(caf::sec::unexpected_message);
  std::optional<audit_entry> entry = facts->audit != nullptr ? facts->audit(question) : std::nullopt;
  if (entry) {
    entry->at = wall_now();
    entry->origin = origin;
    ++open;
  }
  auto answer_to = make_promise<caf::message>(self);
  auto answered = [this, answer_to, entry, see = facts->see_answer](caf::message& answer) {
    if (entry) {
      auto done = *entry;
      if (see != nullptr) see(done, answer);
      ended(std::move(done), {});
    }
    answer_to.deliver(std::move(answer));
  };
  auto failed = [this, answer_to, entry](caf::error& error) {
    auto what = told(error, node);
    if (entry) ended(*entry, to_failure(what));
    answer_to.deliver(std::move(what));
  };
  ask_any(self, caf::actor_cast<caf::strong_actor_ptr>(node), facts->patience, std::move(question),
          std::move(answered), std::move(failed));
  return answer_to;
}

void session_state::relay_to_journal(caf::message order) {
  // In the client's name: the journal knows subscribers by it.
  if (auto to = caf::actor_cast<caf::strong_actor_ptr>(journal))
    to->enqueue(self->current_sender(), caf::make_message_id(), std::move(order), self->context());
}

void session_state::ended(audit_entry entry, const failure& what) {
  entry.result = what.code == ec::none ? "done" : std::string{to_string(what.code)};
  entry.text = what.message;
  send(self, node, std::move(entry));
  if (--open == 0 && gone) leave();
}

void session_state::gone_down(const caf::actor_addr& who) {
  gone = true;
  if (open == 0 || who == node.address()) leave();
}

/// A node outlives many sessions, and would keep each of its watchers in mind.
void session_state::leave() {
  self->demonitor(node.address());
  self->quit();
}

caf::behavior session(session_state::pointer self, node_actor node, journal_actor journal,
                      caf::strong_actor_ptr client, std::string origin) {
  name_exceptions(self);
  auto& state = state_of(self);
  state.node = std::move(node);
  state.journal = std::move(journal);
  state.origin = std::move(origin);
  enter_roll(self, fmt::format("a session ({})", state.origin));
  self->monitor(client);
  self->monitor(state.node);
  self->set_down_handler([self](const caf::down_msg& down) { state_of(self).gone_down(down.source); });
  self->set_default_handler([self](caf::scheduled_actor*, caf::message_view& what) {
    return state_of(self).relay(what.move_content_to_message());
  });
  return {
      [self](const subscribe& x) { state_of(self).relay_to_journal(caf::make_message(x)); },
      [self](const more_events& x) { state_of(self).relay_to_journal(caf::make_message(x)); },
  };
}

door_actor::behavior_type door(door_actor::pointer self, node_actor node, journal_actor journal,
                               std::string node_name, std::string origin) {
  return {
      [=](const hello& greeting) -> caf::result<welcome> {
        if (greeting.version != protocol_version)
          return to_caf_error(
              {ec::version_mismatch,
               fmt::format("{} speaks protocol version {}, the node {}; use the tidemark that came with "
                           "the node ({})",
                           greeting.client, greeting.version, protocol_version, TIDEMARK_VERSION)});
        auto serving = self->spawn(session, node, journal, self->current_sender(),
                                   fmt::format("{}, {}", origin, greeting.client));
        log(log_level::debug, "door", "hello", "{} came in", greeting.client);
        return welcome{protocol_version, node_name, TIDEMARK_VERSION,
                       caf::actor_cast<caf::strong_actor_ptr>(serving)};
      },
  };
}

} // namespace tidemark
