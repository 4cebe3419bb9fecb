#include "fake_node.hpp"

#include "messages/caf_error.hpp"
#include "messages/caf_system.hpp"
#include "messages/promise.hpp"
#include "net/link_settings.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace tidemark::cli {

namespace {

using script_ptr = std::shared_ptr<node_script>;

/// What the session does with one message of its interface.
template <class Question, class Answer>
auto handler(session_actor::pointer self, const script_ptr& script, exchange<Question, Answer>) {
  return [=](const Question& question) -> caf::result<Answer> {
    auto& scripted = script->on<Question>();
    if (scripted && !script->silent) return scripted(question);
    if (scripted) scripted(question);
    if (script->silent) return self->template make_response_promise<Answer>(); // and never keeps it
    return to_caf_error({ec::bad_request, "the test did not expect this"});
  };
}

auto handler(session_actor::pointer self, const script_ptr& script, exchange<subscribe, void>) {
  return [=](const subscribe& x) {
    if (script->on_subscribe)
      script->on_subscribe(x, caf::actor_cast<subscriber_actor>(self->current_sender()));
  };
}

auto handler(session_actor::pointer self, const script_ptr& script, exchange<more_events, void>) {
  return [=](const more_events& x) {
    if (script->on_more) script->on_more(x, caf::actor_cast<subscriber_actor>(self->current_sender()));
  };
}

session_actor::behavior_type fake_session(session_actor::pointer self, script_ptr script) {
  return std::apply(
      [&](auto... exchanges) { return session_actor::behavior_type{handler(self, script, exchanges)...}; },
      exchanges_of<session_actor>{});
}

door_actor::behavior_type fake_door(door_actor::pointer, std::shared_ptr<node_script> script,
                                    session_actor session) {
  return {[=](const hello& greeting) -> caf::result<welcome> {
    auto handle = caf::actor_cast<caf::strong_actor_ptr>(session);
    if (script->on_hello) return script->on_hello(greeting, handle);
    return welcome{protocol_version, "test-node", "0.1.0", handle};
  }};
}

} // namespace

fake_node::config::config() {
  net::configure_links(*this);
  announce_protocol(*this);
  set("scheduler.max-threads", std::size_t{2});
}

fake_node::fake_node(node_script script) : script_(std::make_shared<node_script>(std::move(script))) {
  auto pattern = (std::filesystem::temp_directory_path() / "tidemark-cli-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  path_ = (folder_ / "control.sock").string();
  session_ = system_.spawn(fake_session, script_);
  entrance_ = system_.spawn(fake_door, script_, session_);
  come_back();
}

void fake_node::come_back() {
  auto opened =
      net::local_door::open(net_, system_, {.path = path_, .actor = net::publish(system_, entrance_)});
  REQUIRE_MESSAGE(opened, opened.error().message);
  door_ = std::move(*opened);
}

fake_node::~fake_node() {
  door_.reset();
  caf::anon_send_exit(entrance_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(session_, caf::exit_reason::user_shutdown);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

} // namespace tidemark::cli
