#include "actors/node/session.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include "driven_system.hpp"
#include "import/import_world.hpp"
#include "messages/exchange.hpp"
namespace session_test {

using namespace tidemark;

/// A node that answers everything with nothing in particular, unless it has somebody to ask.
struct blank_node_state {
  node_actor behind;
  std::vector<audit_entry>* audit = nullptr;
};

using blank_node_pointer = node_actor::stateful_pointer<blank_node_state>;

template <class Question, class Answer>
auto blank(blank_node_pointer self, exchange<Question, Answer>) {
  return [self](const Question& x) -> caf::result<Answer> {
    if constexpr (std::is_same_v<Question, audit_entry>)
      if (auto* audit = state_of(self).audit) audit->push_back(x);
    if (auto& behind = state_of(self).behind) return delegate_to(self, behind, x);
    return Answer{};
  };
}

template <class Message>
auto blank(blank_node_pointer, exchange<Message, void>) {
  return [](const Message&) {};
}

node_actor::behavior_type blank_node(blank_node_pointer self, node_actor behind,
                                     std::vector<audit_entry>* audit) {
  state_of(self) = {std::move(behind), audit};
  return std::apply([&](auto... each) { return node_actor::behavior_type{blank(self, each)...}; },
                    exchanges_of<node_actor>{});
}

struct session_world : driven_system {
  session_world() {
    client = spawn_puppet();
    auto behind = spawn(blank_node, node_actor{}, nullptr);
    node = spawn(blank_node, behind, &audit);
    link = caf::actor_cast<session_actor>(spawn(session, node, journal_actor{},
                                                caf::actor_cast<caf::strong_actor_ptr>(client),
                                                std::string{"local socket"}));
  }

  /// Whom the answer to a question came from; nothing while there is none.
  template <class Question, class Answer>
  std::optional<caf::strong_actor_ptr> answerer(exchange<Question, Answer>) {
    std::optional<caf::strong_actor_ptr> who;
    let(client, [&](caf::event_based_actor* self) {
      request(self, link, caf::infinite, Question{}).then([&who, self](const Answer&) {
        who = self->current_sender();
      });
    });
    return who;
  }

  caf::actor client;
  node_actor node;
  session_actor link;
  std::vector<audit_entry> audit;
};

TEST_CASE_FIXTURE(session_world,
                  "every question is answered, and by nobody whom the link would have to watch") {
  auto check = [&](auto each) { CHECK(answerer(each) == caf::strong_actor_ptr{}); };
  std::apply([&](auto... each) { (check(each), ...); }, answered_exchanges_of<session_actor>{});
}

TEST_CASE_FIXTURE(session_world, "a command is in the audit also when its client left before it ended") {
  change_flag wanted;
  auto& asked = link;
  let(client, [&](caf::event_based_actor* self) {
    send(self, asked, wanted);
    self->quit();
  });
  REQUIRE(audit.size() == 1);
  CHECK(audit.front().origin == "local socket");
  CHECK(audit.front().result == "done");
}

TEST_CASE_FIXTURE(session_world,
                  "a command whose node ends before its answer is in the log, if not in the audit") {
  told_log told;
  let(client, [&](caf::event_based_actor* self) {
    send(self, link, change_flag{"anything", flag_action::enable, "", "anna"});
    self->send_exit(node, caf::exit_reason::kill);
  });
  advance(std::chrono::seconds{2});
  CHECK(audit.empty());
  auto text = told.text();
  CHECK(contains(text, "audit_lost"));
  for (auto part : {"flags enable", "anything", "anna", "local socket"}) CHECK(contains(text, part));
}

TEST_CASE_FIXTURE(session_world, "a session ends with its node, whatever is open") {
  auto asked = ask<done>(node, stop_branch{}); // the node is there
  REQUIRE(asked.arrived());
  let(client, [&](caf::event_based_actor* self) {
    self->send_exit(node, caf::exit_reason::kill);
    send(self, link, change_flag{"anything", flag_action::enable, "", "anna"});
  });
  advance(std::chrono::seconds{2});
  CHECK(caf::actor_cast<caf::abstract_actor*>(link)->getf(caf::abstract_actor::is_terminated_flag));
}

} // namespace session_test
