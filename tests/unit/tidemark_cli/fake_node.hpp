/// A node that answers what a test wants, behind a real local door.
#pragma once

#include "messages/exchange.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/session.hpp"
#include "messages/wire/hello.hpp"
#include "messages/wire/journal.hpp"
#include "net/local_door.hpp"
#include "tools/tidemark/exchanges.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace tidemark::cli {

namespace detail {

template <class Exchange>
struct handler_of {
  std::function<caf::result<typename Exchange::answer>(const typename Exchange::question&)> call;
};
template <class Exchanges>
struct handlers_of;
template <class... Exchanges>
struct handlers_of<std::tuple<Exchanges...>> {
  std::tuple<handler_of<Exchanges>...> all;
};

} // namespace detail

/// What the node answers. A handler that is not set answers with a failure. Set before the first client
/// comes.
struct node_script {
  std::function<caf::result<welcome>(const hello&, caf::strong_actor_ptr session)> on_hello;
  /// Runs in the session.
  std::function<void(const subscribe&, subscriber_actor)> on_subscribe;
  std::function<void(const more_events&, subscriber_actor)> on_more;
  /// The session calls its handlers, and never answers.
  bool silent = false;

  /// What the session does with this message: `script.on<query_import>() = [](const query_import&) { ... }`.
  template <class Question>
  auto& on() {
    return std::get<detail::handler_of<exchange<Question, answer_to<Question>>>>(handlers.all).call;
  }

  detail::handlers_of<answered_exchanges_of<session_actor>> handlers;
};

class fake_node {
public:
  explicit fake_node(node_script script);
  ~fake_node();
  fake_node(const fake_node&) = delete;
  fake_node& operator=(const fake_node&) = delete;

  const std::string& path() const { return path_; }

  /// As if the process had gone.
  void vanish() { door_.reset(); }
  /// The same again, at the same place.
  void come_back();

private:
  struct config : caf::actor_system_config {
    config();
  };

  std::filesystem::path folder_;
  std::string path_;
  std::shared_ptr<node_script> script_;
  config config_;
  caf::actor_system system_{config_};
  net::net_thread net_;
  session_actor session_;
  door_actor entrance_;
  std::unique_ptr<net::local_door> door_;
};

/// A flag that one thread raises and another waits for, at most 20 s.
class signal_flag {
public:
  void raise() {
    {
      std::lock_guard guard{mutex_};
      up_ = true;
    }
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, std::chrono::seconds{20}, [&] { return up_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool up_ = false;
};

} // namespace tidemark::cli
