/// Stands in front of a store: counts what goes by, and holds back or refuses what the test says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <typeindex>
#include <vector>

#include "driven_system.hpp"
#include "messages/inside/store.hpp"

namespace tidemark {

class store_front {
public:
  store_front(driven_system& on, const store_actor& behind);

  store_actor handle() const { return caf::actor_cast<store_actor>(actor_); }

  /// Keeps messages of this type until `release`.
  template <class Message>
  void hold() {
    rule_of<Message>().holds = true;
  }

  /// Passes on what was held, and holds nothing more.
  template <class Message>
  void release() {
    rule_of<Message>().holds = false;
    on_.let(actor_, [held = std::exchange(rule_of<Message>().held, {})](caf::event_based_actor*) {
      for (auto& pass_on : held) pass_on();
    });
  }

  /// Forgets what was held, as if it had never been sent, and holds nothing more.
  template <class Message>
  void drop() {
    rule_of<Message>().holds = false;
    rule_of<Message>().held.clear();
  }

  /// Answers messages of this type with a failure until `accept`.
  template <class Message>
  void refuse(failure what) {
    rule_of<Message>().refusal = std::move(what);
  }

  template <class Message>
  void accept() {
    rule_of<Message>().refusal.reset();
  }

  /// How many of this type have come by.
  template <class Message>
  std::size_t count() {
    return rule_of<Message>().senders.size();
  }

  /// Who sent those of this type, in the order in which they came by.
  template <class Message>
  const std::vector<caf::actor_addr>& senders() {
    return rule_of<Message>().senders;
  }

  /// Called with the type of each message that comes by.
  void watch(std::function<void(std::type_index)> watcher) { rules_->watcher = std::move(watcher); }

private:
  struct rule {
    std::vector<caf::actor_addr> senders;
    bool holds = false;
    std::optional<failure> refusal;
    std::vector<std::function<void()>> held;
  };

  struct rule_book {
    std::map<std::type_index, rule> rules;
    std::function<void(std::type_index)> watcher;
  };

  template <class Message>
  rule& rule_of() {
    return rules_->rules[typeid(Message)];
  }

  template <class Message, class Answer>
  static auto pass(caf::event_based_actor* self, std::shared_ptr<rule_book> book, store_actor behind);

  driven_system& on_;
  std::shared_ptr<rule_book> rules_ = std::make_shared<rule_book>();
  caf::actor actor_;
};

} // namespace tidemark
