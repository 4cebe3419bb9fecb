/// The one thread that carries all network traffic.
#pragma once

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace tidemark::net {

/// Runs an Asio loop on a thread of its own, from construction to destruction. Doors and servers are closed
/// before it goes; client links that are left end with it.
class net_thread {
public:
  net_thread();
  ~net_thread();
  net_thread(const net_thread&) = delete;
  net_thread& operator=(const net_thread&) = delete;

  boost::asio::io_context& context() noexcept;

  /// Runs `job` on the thread and returns when it is done; on the thread itself, runs it at once. A job must
  /// not throw.
  void run(const std::function<void()>& job);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace tidemark::net
