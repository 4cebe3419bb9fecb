#include "messages/promise.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "driven_system.hpp"
#include "messages/caf_system.hpp"

/// What a keeper is to do with the question.
struct question {
  enum class then { answer, forget, keep, wait, wait_long, pass_on, answer_twice, fail } what = then::answer;
};
/// Ends the keeper from within.
struct give_up {
  bool by_exception = false;
};

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(give_up)

namespace promise_test {

using namespace tidemark;
using namespace std::chrono_literals;
using then = question::then;

struct keeper_state {
  std::vector<answer_promise<std::string>> owed;
};
using keeper_pointer = caf::stateful_actor<keeper_state>*;

/// Answers nothing, ever, as CAF's own promises allow.
caf::behavior silent(caf::event_based_actor* self) {
  return {[self](const question&) -> caf::result<std::string> {
    return self->make_response_promise<std::string>();
  }};
}

caf::result<std::string> obey(keeper_pointer self, const question& asked, const caf::actor& other) {
  auto promise = make_promise<std::string>(self);
  switch (asked.what) {
  case then::answer: promise.deliver(std::string{"yes"}); break;
  case then::forget: break;
  case then::keep: state_of(self).owed.push_back(promise); break;
  case then::wait:
  case then::wait_long: {
    auto patience = asked.what == then::wait ? caf::duration{caf::infinite} : caf::duration{1440min};
    request(self, other, patience, asked)
        .then([promise](const std::string& answer) { promise.deliver(answer); },
              [promise](const caf::error& error) { promise.deliver(error); });
    break;
  }
  case then::pass_on: promise.delegate(other, question{then::answer}); break;
  case then::answer_twice:
    promise.deliver(std::string{"first"});
    promise.deliver(std::string{"second"});
    break;
  case then::fail: throw std::runtime_error("a defect");
  }
  return promise;
}

caf::behavior keeper(keeper_pointer self, caf::actor other) {
  self->set_exception_handler([](std::exception_ptr&) -> caf::error { return caf::sec::runtime_error; });
  return {[self, other](const question& asked) { return obey(self, asked, other); },
          [self](const give_up& how) {
            if (how.by_exception) throw std::runtime_error("a defect");
            self->quit();
          }};
}

/// A keeper whose handle somebody holds for as long as the test lasts: what its end does not destroy would
/// stay.
struct keeper_world : driven_system {
  reply<std::string> put(then what) { return ask<std::string>(kept, question{what}); }

  caf::actor nobody = spawn(silent);
  caf::actor helper = spawn(keeper, caf::actor{});
  caf::actor kept = spawn(keeper, nobody);
};

/// It was answered that nobody is there to answer.
bool is_dropped(const reply<std::string>& reply) {
  return reply.failed() && reply.error() == to_failure(caf::sec::request_receiver_down);
}

TEST_CASE_FIXTURE(keeper_world, "what is delivered is the answer, the first time alone") {
  CHECK(put(then::answer).value() == "yes");
  CHECK(put(then::answer_twice).value() == "first");
}

TEST_CASE_FIXTURE(keeper_world, "a promise that is forgotten answers with an error at once") {
  CHECK(is_dropped(put(then::forget)));
}

TEST_CASE_FIXTURE(keeper_world, "a promise that is kept is pending, and answers when it is let go") {
  auto reply = put(then::keep);
  CHECK_FALSE(reply.arrived());
  tell(kept, give_up{});
  CHECK(is_dropped(reply));
}

TEST_CASE_FIXTURE(keeper_world, "an actor that ends answers what it owes, whatever it ends of, though "
                                "others still know it") {
  std::vector<reply<std::string>> replies;
  for (auto what : {then::keep, then::wait, then::wait_long, then::keep}) replies.push_back(put(what));
  for (auto& reply : replies) REQUIRE_FALSE(reply.arrived());
  SUBCASE("it quits") { tell(kept, give_up{}); }
  SUBCASE("an exception") { tell(kept, give_up{true}); }
  SUBCASE("another question fails") { CHECK(put(then::fail).failed()); }
  SUBCASE("it is killed") {
    caf::anon_send_exit(kept, caf::exit_reason::kill);
    settle();
  }
  SUBCASE("it is told to end") {
    caf::anon_send_exit(kept, caf::exit_reason::user_shutdown);
    settle();
  }
  SUBCASE("whom it is linked to dies") {
    auto parent = spawn_puppet();
    let(parent, [this](caf::event_based_actor* self) { self->link_to(kept); });
    crash(parent);
  }
  for (auto& reply : replies) CHECK(is_dropped(reply));
}

TEST_CASE_FIXTURE(keeper_world, "a question that waits in the mailbox of an actor that ends is answered") {
  post(kept, give_up{});
  CHECK(put(then::answer).failed());
}

TEST_CASE_FIXTURE(keeper_world, "whoever is passed on to answers, or nobody who is there") {
  kept = spawn(keeper, helper);
  CHECK(put(then::pass_on).value() == "yes");
  crash(helper);
  CHECK(put(then::pass_on).failed());
  kept = spawn(keeper, caf::actor{});
  CHECK(is_dropped(put(then::pass_on)));
}

TEST_CASE_FIXTURE(keeper_world, "whoever asks and goes, or wants no answer, is owed none") {
  auto asker = spawn_puppet();
  auto reply = ask_as<std::string>(asker, kept, question{then::keep});
  crash(asker);
  for (auto what : {then::answer, then::forget, then::keep, then::pass_on}) tell(kept, question{what});
  tell(kept, give_up{});
  CHECK_FALSE(reply.arrived());
}

TEST_CASE("an actor with a thread of its own answers what it owes, and the system ends") {
  for (auto ends_by : {0, 1, 2}) {
    caf::actor_system_config settings;
    announce_protocol(settings);
    caf::actor_system system{settings};
    auto nobody = system.spawn(silent);
    auto kept = system.spawn<caf::detached>(keeper, nobody);
    caf::scoped_actor self{system};
    int dropped = 0;
    auto asker = system.spawn([&](caf::event_based_actor* me) -> caf::behavior {
      for (auto what : {then::keep, then::wait, then::wait_long})
        request(me, kept, caf::infinite, question{what})
            .then([](const std::string&) {},
                  [&, me](const caf::error& error) {
                    if (error == caf::sec::request_receiver_down && ++dropped == 3) me->quit();
                  });
      return {[](const question&) { return std::string{}; }};
    });
    // Once it answers, it has asked.
    self->request(asker, caf::infinite, question{})
        .receive([](const std::string&) {}, [](const caf::error&) {});
    if (ends_by == 0) caf::anon_send(kept, give_up{});
    if (ends_by == 1) caf::anon_send(kept, give_up{true});
    if (ends_by == 2) caf::anon_send_exit(kept, caf::exit_reason::kill);
    self->wait_for(asker);
    CHECK(dropped == 3);
    caf::anon_send_exit(nobody, caf::exit_reason::user_shutdown);
  }
}

} // namespace promise_test
