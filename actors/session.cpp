#include "actors/session.hpp"

#include <tuple>
#include <type_traits>

#include "actors/audited.hpp"
#include "actors/clock.hpp"
#include "config/logging.hpp"
#include "messages/caf_error.hpp"
#include "messages/exchange.hpp"

namespace tidemark {

template <class Answer, class Question, class Heard>
caf::result<Answer> session_state::relayed(const Question& wanted, Heard heard) {
  auto promise = self->template make_response_promise<Answer>();
  request(self, node, caf::infinite, wanted)
      .then(
          [promise, heard](const Answer& answer) mutable {
            heard(&answer, {});
            promise.deliver(answer);
          },
          [promise, heard](const caf::error& error) mutable {
            heard(nullptr, to_failure(error));
            promise.deliver(error);
          });
  return promise;
}

template <class Answer, class Command>
caf::result<Answer> session_state::audited(const Command& wanted) {
  auto entry = audit_of(wanted);
  entry.at = wall_now();
  entry.origin = origin;
  ++open;
  return relayed<Answer>(wanted, [this, entry](const Answer* answer, const failure& what) mutable {
    if constexpr (std::is_same_v<Command, start_import>)
      if (answer) entry.subject = answer->id;
    ended(std::move(entry), what);
  });
}

void session_state::ended(audit_entry entry, const failure& what) {
  entry.result = what.code == ec::none ? "done" : std::string{to_string(what.code)};
  entry.text = what.message;
  send(self, node, std::move(entry));
  if (--open == 0 && gone) self->quit();
}

void session_state::client_gone() {
  gone = true;
  if (open == 0) self->quit();
}

namespace {

using session_pointer = session_actor::stateful_pointer<session_state>;

template <class Question, class Answer>
auto handler(session_pointer self, exchange<Question, Answer>) {
  return [self](const Question& x) -> caf::result<Answer> {
    if constexpr (audited_command<Question>)
      if (changes_something(x)) return state_of(self).template audited<Answer>(x);
    return state_of(self).template relayed<Answer>(x, [](const Answer*, const failure&) {});
  };
}

/// The live stream is the journal's.
template <class Question>
auto handler(session_pointer self, exchange<Question, void>) {
  return [self](const Question& x) { return delegate_to(self, state_of(self).journal, x); };
}

} // namespace

session_actor::behavior_type session(session_pointer self, node_actor node, journal_actor journal,
                                     caf::strong_actor_ptr client, std::string origin) {
  auto& state = state_of(self);
  state.node = std::move(node);
  state.journal = std::move(journal);
  state.origin = std::move(origin);
  self->monitor(client);
  self->set_down_handler([self](const caf::down_msg&) { state_of(self).client_gone(); });
  return std::apply([&](auto... each) { return session_actor::behavior_type{handler(self, each)...}; },
                    exchanges_of<session_actor>{});
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
