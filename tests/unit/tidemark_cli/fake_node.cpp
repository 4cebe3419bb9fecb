#include "fake_node.hpp"

#include "messages/caf_error.hpp"
#include "messages/caf_system.hpp"
#include "net/link_settings.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace tidemark::cli {

namespace {

template <class Answer, class Handler, class Question>
caf::result<Answer> answer(session_actor::pointer self, const node_script& script, const Handler& handler,
                           const Question& question) {
  if (handler && !script.silent) return handler(question);
  if (handler) handler(question);
  if (script.silent) return self->make_response_promise<Answer>();
  return to_caf_error({ec::bad_request, "the test did not expect this"});
}

session_actor::behavior_type fake_session(session_actor::pointer self, std::shared_ptr<node_script> script) {
  return {
      [=](const start_import& x) { return answer<import_status>(self, *script, script->on_start, x); },
      [=](const query_import& x) { return answer<import_status>(self, *script, script->on_query, x); },
      [=](const cancel_import& x) { return answer<cancel_receipt>(self, *script, script->on_cancel, x); },
      [=](const pause_import& x) { return answer<import_status>(self, *script, script->on_pause, x); },
      [=](const resume_import& x) { return answer<import_status>(self, *script, script->on_resume, x); },
      [=](const list_imports& x) { return answer<import_list>(self, *script, script->on_list, x); },
      [=](const list_record_types& x) {
        return answer<record_type_list>(self, *script, script->on_record_types, x);
      },
      [=](const plan_import& x) { return answer<plan_report>(self, *script, script->on_plan, x); },
      [=](const query_node& x) { return answer<node_status>(self, *script, script->on_node, x); },
      [=](const subscribe& x) {
        if (script->on_subscribe)
          script->on_subscribe(x, caf::actor_cast<subscriber_actor>(self->current_sender()));
      },
      [=](const more_events& x) {
        if (script->on_more) script->on_more(x, caf::actor_cast<subscriber_actor>(self->current_sender()));
      },
  };
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
