#include "actors/session.hpp"

#include "config/logging.hpp"
#include "messages/caf_error.hpp"

namespace tidemark {

session_actor::behavior_type session(session_actor::pointer self, node_actor node, journal_actor journal,
                                     caf::strong_actor_ptr client) {
  self->monitor(client);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
      [=](const start_import& x) { return delegate_to(self, node, x); },
      [=](const query_import& x) { return delegate_to(self, node, x); },
      [=](const cancel_import& x) { return delegate_to(self, node, x); },
      [=](const pause_import& x) { return delegate_to(self, node, x); },
      [=](const resume_import& x) { return delegate_to(self, node, x); },
      [=](const list_imports& x) { return delegate_to(self, node, x); },
      [=](const list_record_types& x) { return delegate_to(self, node, x); },
      [=](const plan_import& x) { return delegate_to(self, node, x); },
      [=](const query_node& x) { return delegate_to(self, node, x); },
      [=](const subscribe& x) { return delegate_to(self, journal, x); },
      [=](const more_events& x) { return delegate_to(self, journal, x); },
  };
}

door_actor::behavior_type door(door_actor::pointer self, node_actor node, journal_actor journal,
                               std::string node_name) {
  return {
      [=](const hello& greeting) -> caf::result<welcome> {
        if (greeting.version != protocol_version)
          return to_caf_error(
              {ec::version_mismatch,
               fmt::format("{} speaks protocol version {}, the node {}; use the tidemark that came with "
                           "the node ({})",
                           greeting.client, greeting.version, protocol_version, TIDEMARK_VERSION)});
        auto serving = self->spawn(session, node, journal, self->current_sender());
        log(log_level::debug, "door", "hello", "{} came in", greeting.client);
        return welcome{protocol_version, node_name, TIDEMARK_VERSION,
                       caf::actor_cast<caf::strong_actor_ptr>(serving)};
      },
  };
}

} // namespace tidemark
