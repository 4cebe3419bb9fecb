#include "messages/relay.hpp"

#include <utility>

namespace tidemark {

namespace {

/// CAF 0.17 has response handlers for known types alone. This one takes whatever comes.
class any_response final : public caf::detail::behavior_impl {
public:
  any_response(std::function<void(caf::message&)> answered, std::function<void(caf::error&)> failed)
      : answered_(std::move(answered)), failed_(std::move(failed)) {}

  caf::match_case::result invoke(caf::detail::invoke_result_visitor& visitor,
                                 caf::type_erased_tuple& content) override {
    // What is called may end with this object being dropped.
    auto answered = std::move(answered_);
    auto failed = std::move(failed_);
    if (content.size() == 1 && content.match_element<caf::error>(0)) {
      auto error = content.get_as<caf::error>(0);
      failed(error);
    } else {
      auto answer = caf::message::copy(content);
      answered(answer);
    }
    visitor();
    return caf::match_case::match;
  }

private:
  std::function<void(caf::message&)> answered_;
  std::function<void(caf::error&)> failed_;
};

} // namespace

const std::type_info* type_of(const caf::message& what) noexcept {
  return what.size() == 1 ? what.type(0).second : nullptr;
}

void ask_any(caf::scheduled_actor* self, const caf::strong_actor_ptr& to, std::chrono::milliseconds patience,
             caf::message question, std::function<void(caf::message&)> answered,
             std::function<void(caf::error&)> failed) {
  auto id = self->new_request_id(caf::message_priority::normal);
  self->add_multiplexed_response_handler(
      id.response_id(), caf::behavior{caf::intrusive_ptr<caf::detail::behavior_impl>{
                            new any_response(std::move(answered), std::move(failed)), false}});
  if (!to) {
    self->eq_impl(id.response_id(), self->ctrl(), self->context(),
                  caf::make_error(caf::sec::request_receiver_down));
    return;
  }
  to->enqueue(self->ctrl(), id, std::move(question), self->context());
  self->request_response_timeout(caf::duration{patience}, id);
}

} // namespace tidemark
