#include "tools/tidemark/client_actor.hpp"

#include "messages/caf_error.hpp"
#include "messages/relay.hpp"

#include <fmt/format.h>

namespace tidemark::cli {

namespace {

/// What to tell about a request that failed. Only the node's own words are passed on as they are.
trouble explain(const caf::error& error, std::chrono::milliseconds timeout) {
  if (error.category() == caf::atom("tidemark")) {
    auto what = to_failure(error);
    return {exit_code_of(what.code), what.message.empty() ? std::string{to_string(what.code)} : what.message};
  }
  if (error == caf::sec::request_timeout)
    return {exit_code::node_lost,
            fmt::format("the node did not answer within {} s; it may be overloaded, its log says more",
                        static_cast<double>(timeout.count()) / 1000)};
  if (error == caf::sec::unexpected_message)
    return {exit_code::refused,
            "the node does not know this request; use the tidemark that came with the node"};
  if (error == caf::sec::request_receiver_down || error.category() == caf::atom("exit"))
    return {exit_code::node_lost, "the node went away before it answered"};
  return {exit_code::failed, "the node failed to answer; its log says why"};
}

std::chrono::milliseconds timeout_for(const caf::message& question, const patience& waits) {
  auto is = [&]<class... Questions>(std::type_identity<Questions>...) {
    return (question.match_elements<Questions>() || ...);
  };
  if (is(std::type_identity<hello>{})) return waits.connect;
  // They ask the account.
  if (is(std::type_identity<plan_import>{}, std::type_identity<accept_deletions>{})) return waits.plan;
  if (is(std::type_identity<check_parity>{})) return waits.parity;
  if (is(std::type_identity<check_tenant>{})) return waits.check;
  if (is(std::type_identity<discover_criteria>{})) return waits.discovery;
  // Imports stop in between.
  if (is(std::type_identity<cancel_import>{}, std::type_identity<pause_import>{},
         std::type_identity<reload_node>{}))
    return waits.cancel;
  return waits.request;
}

} // namespace

void client_state::start(door_actor door, inbox& to, patience waits) {
  door_ = std::move(door);
  inbox_ = &to;
  waits_ = waits;
  self->monitor(door_);
}

void client_state::put(const put_question& wanted) {
  auto timeout = wanted.at_most.value_or(timeout_for(wanted.what, waits_));
  bool greets = wanted.what.match_elements<hello>();
  auto to = greets ? caf::actor_cast<caf::strong_actor_ptr>(door_)
                   : caf::actor_cast<caf::strong_actor_ptr>(session_);
  ask_any(
      self, to, timeout, wanted.what,
      [this, greets, number = wanted.number](caf::message& got) {
        if (greets && got.match_elements<welcome>())
          inbox_->put(number, accept(got.get_mutable_as<welcome>(0)));
        else
          inbox_->put(number, any_answer{std::move(got)});
      },
      [this, timeout, number = wanted.number](caf::error& error) {
        inbox_->put(number, std::unexpected(explain(error, timeout)));
      });
}

attempt<any_answer> client_state::accept(welcome& greeting) {
  if (greeting.version != protocol_version)
    return std::unexpected(
        trouble{exit_code::refused,
                fmt::format("the node speaks protocol version {}, this program {}; use the tidemark that "
                            "came with the node ({})",
                            greeting.version, protocol_version, greeting.node_version)});
  if (!greeting.session)
    return std::unexpected(trouble{exit_code::node_lost, "the node opened no session; its log says why"});
  session_ = caf::actor_cast<session_actor>(greeting.session);
  self->monitor(session_);
  return any_answer{caf::make_message(std::move(greeting))};
}

void client_state::node_down() {
  inbox_->put(node_lost{{ec::transport, "the node went away"}});
  self->quit();
}

client_actor::behavior_type client(client_actor::stateful_pointer<client_state> self, door_actor door,
                                   inbox* to, patience waits) {
  state_of(self).start(std::move(door), *to, waits);
  self->set_down_handler([self](const caf::down_msg&) { state_of(self).node_down(); });
  return {[self](const put_question& wanted) { state_of(self).put(wanted); }};
}

follower_actor::behavior_type follower(follower_actor::pointer self, session_actor session, inbox* to,
                                       std::string import_id) {
  auto begin = [self, session, import_id] { send(self, session, subscribe{import_id, stream_credit}); };
  begin();
  return {
      [to](journal_snapshot& snapshot) { to->put(std::move(snapshot)); },
      [to](import_event& event) { to->put(std::move(event)); },
      [self, session](const grant_credit& credit) { send(self, session, more_events{credit.messages}); },
      [begin](const renew_subscription&) { begin(); },
  };
}

} // namespace tidemark::cli
