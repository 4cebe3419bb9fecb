#include "messages/caf_error.hpp"

namespace tidemark {

caf::error to_caf_error(const failure& what) {
  return caf::make_error(what.code, what.message, what.subject);
}

failure to_failure(const caf::error& what) {
  if (!what) return {};
  if (what.category() == caf::atom("tidemark")) {
    failure result{static_cast<ec>(what.code()), {}, {}};
    auto& context = what.context();
    if (context.match_elements<std::string, std::string>()) {
      result.message = context.get_as<std::string>(0);
      result.subject = context.get_as<std::string>(1);
    }
    return result;
  }
  if (what == caf::sec::request_receiver_down)
    return {ec::transport,
            "whoever was asked ended before it answered; look how things stand, and try again in a moment"};
  if (what == caf::sec::request_timeout) return {ec::timeout, "the peer did not answer in time"};
  if (what.category() == caf::atom("exit")) return {ec::transport, "the peer ended: " + caf::to_string(what)};
  return {ec::internal, "the actor system answered " + caf::to_string(what)};
}

} // namespace tidemark
