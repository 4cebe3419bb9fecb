#include "injection.hpp"

#include <cstdlib>
#include <stdexcept>

#include <cxxabi.h>

#include <fmt/format.h>

// The linker puts the first in the place of CAF's own function, which keeps the second name.
extern "C" {
caf::invoke_message_result
__wrap__ZN3caf15scheduled_actor7consumeERNS_15mailbox_elementE(caf::scheduled_actor*, caf::mailbox_element&);
caf::invoke_message_result
__real__ZN3caf15scheduled_actor7consumeERNS_15mailbox_elementE(caf::scheduled_actor*, caf::mailbox_element&);
}

namespace tidemark {

namespace {

injector* present = nullptr;

caf::invoke_message_result really_consume(caf::scheduled_actor* self, caf::mailbox_element& element) {
  return __real__ZN3caf15scheduled_actor7consumeERNS_15mailbox_elementE(self, element);
}

std::string type_name(const caf::type_erased_tuple& content) {
  if (content.size() == 0) return "nothing";
  auto [number, type] = content.type(0);
  if (number == caf::type_nr<caf::down_msg>::value) return "down";
  if (number == caf::type_nr<caf::exit_msg>::value) return "exit";
  if (number == caf::type_nr<caf::error>::value) return "error";
  if (type == nullptr) return fmt::format("type {}", number);
  char* demangled = abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr);
  std::string name = demangled != nullptr ? demangled : type->name();
  std::free(demangled);
  return name.starts_with("tidemark::") ? name.substr(10) : name;
}

} // namespace

std::string to_string(const injection& what) {
  auto which = what.occurrence == 0 ? std::string{"every"} : fmt::format("no. {}", what.occurrence);
  const auto* how = what.when == moment::never    ? "hangs at"
                    : what.when == moment::before ? "dies at"
                                                  : "dies after";
  return fmt::format("{} {} {} {}", what.where.actor, how, which, what.where.message);
}

injector::injector(std::set<std::string> actors) : actors_(std::move(actors)) { present = this; }

injector::~injector() { present = nullptr; }

handler injector::name_of(const caf::scheduled_actor& self, const caf::mailbox_element& element) {
  auto message = type_name(element.content());
  if (element.mid.is_request() && element.sender)
    questions_[{element.sender->id(), element.mid.response_id().integer_value()}] = message;
  if (element.mid.is_response()) {
    auto question = questions_.find({self.id(), element.mid.integer_value()});
    auto asked = question == questions_.end() ? message : question->second;
    message = (message == "error" ? "refusal of " : "answer to ") + asked;
  }
  return {self.name(), message};
}

caf::invoke_message_result injector::consume(caf::scheduled_actor* self, caf::mailbox_element& element) {
  auto where = name_of(*self, element);
  // An actor that is told to end is dying already.
  if (!actors_.contains(where.actor) || where.message == "exit") return really_consume(self, element);
  auto count = ++seen_[where];
  bool hit = armed_ && where == planned_.where && (planned_.occurrence == 0 || planned_.occurrence == count);
  if (!hit) return really_consume(self, element);
  ++thrown_;
  if (planned_.when == moment::never) return caf::invoke_message_result::consumed;
  if (planned_.when == moment::after)
    really_consume(self, element);
  else
    self->current_mailbox_element(&element);
  throw std::runtime_error{text};
}

} // namespace tidemark

caf::invoke_message_result
__wrap__ZN3caf15scheduled_actor7consumeERNS_15mailbox_elementE(caf::scheduled_actor* self,
                                                               caf::mailbox_element& element) {
  if (tidemark::present != nullptr) return tidemark::present->consume(self, element);
  return tidemark::really_consume(self, element);
}
