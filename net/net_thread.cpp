#include "net/net_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <thread>

namespace tidemark::net {

namespace asio = boost::asio;

struct net_thread::state {
  // One thread: Asio may leave its locks out of the way.
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
  std::thread thread{[this] { context.run(); }};
};

net_thread::net_thread() : state_(std::make_unique<state>()) {}

net_thread::~net_thread() {
  state_->context.stop();
  state_->thread.join();
}

asio::io_context& net_thread::context() noexcept { return state_->context; }

void net_thread::run(const std::function<void()>& job) {
  if (std::this_thread::get_id() == state_->thread.get_id()) return job();
  std::promise<void> done;
  asio::post(state_->context, [&] {
    job();
    done.set_value();
  });
  done.get_future().wait();
}

} // namespace tidemark::net
