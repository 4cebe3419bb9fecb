#include "actors/node/session.hpp"

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/node/command_table.hpp"
#include "actors/roll_call.hpp"
#include "actors/schedule/control.hpp"
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
  auto number = ++last_number;
  if (auto entry = facts->audit != nullptr ? facts->audit(question) : std::nullopt) {
    entry->at = wall_now();
    entry->origin = origin;
    entry->result = "unknown";
    open.emplace(number, std::move(*entry));
  }
  auto answer_to = make_promise<caf::message>(self);
  auto answered = [this, answer_to, number, see = facts->see_answer](caf::message& answer) {
    if (auto entry = open.find(number); entry != open.end() && see != nullptr) see(entry->second, answer);
    ended(number, {});
    answer_to.deliver(std::move(answer));
  };
  auto failed = [this, answer_to, number](caf::error& error) {
    auto what = told(error, node);
    ended(number, to_failure(what));
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

/// The audit is to hear of the command, if it is one for it.
void session_state::ended(std::uint64_t number, const failure& what) {
  auto found = open.find(number);
  if (found == open.end()) return;
  auto& entry = found->second;
  entry.result = what.code == ec::none ? "done" : std::string{to_string(what.code)};
  entry.text = what.message;
  add_to_audit(self, node, entry, [this, number] {
    open.erase(number);
    leave_if_done();
  });
}

void session_state::gone_down(const caf::actor_addr& who) {
  gone = true;
  if (who == node.address()) delayed_send_self(self, last_patience, tick{});
  leave_if_done();
}

void session_state::leave_if_done() {
  if (gone && open.empty()) leave();
}

/// Nobody writes into the audit any more.
void session_state::node_is_gone() {
  if (!gone) return;
  for (auto& [number, entry] : open) log_audit_lost(entry);
  leave();
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
      [self](const tick&) { state_of(self).node_is_gone(); },
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
