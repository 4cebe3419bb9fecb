#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <thread>
#include <vector>

#include "http_exchange.hpp"

using namespace std::chrono_literals;

namespace tidemark::test {

TEST_CASE("a cancel closes the connection and calls back once") {
  std::promise<void> arrived;
  std::promise<bool> closed;
  scripted_server server{[&](connection& client) {
    client.read_request();
    arrived.set_value();
    closed.set_value(client.wait_for_close());
  }};
  http_engine engine;
  auto answer = submit(engine, get(server.url(), 7));
  arrived.get_future().wait();
  engine.cancel(7);
  engine.cancel(7);
  const auto response = wait(std::move(answer)); // a second call would throw in the promise
  CHECK(response.transport == transport_result::cancelled);
  CHECK(closed.get_future().get());
  CHECK(engine.stats().open_now == 0);
  CHECK(engine.stats().transfers == 1);
}

TEST_CASE("a cancel that overtakes the start still closes the transfer") {
  scripted_server server{answer_always};
  http_engine engine;
  for (transfer_id id = 1; id <= 50; ++id) {
    auto answer = submit(engine, get(server.url(), id));
    engine.cancel(id);
    const auto response = wait(std::move(answer));
    CHECK((response.transport == transport_result::cancelled || response.transport == transport_result::ok));
  }
  CHECK(engine.stats().transfers == 50);
  CHECK(engine.stats().in_flight == 0);
}

TEST_CASE("a cancel of an unknown transfer is ignored") {
  scripted_server server{answer_always};
  http_engine engine;
  engine.cancel(99);
  CHECK(exchange(engine, get(server.url(), 1)).status == 200);
}

TEST_CASE("an id that is in flight is not taken twice") {
  std::promise<void> arrived;
  scripted_server server{[&](connection& client) {
    client.read_request();
    arrived.set_value();
    client.wait_for_close();
  }};
  http_engine engine;
  auto first = submit(engine, get(server.url(), 5));
  arrived.get_future().wait();
  CHECK(exchange(engine, get(server.url(), 5)).transport == transport_result::failed);
  engine.cancel(5);
  CHECK(wait(std::move(first)).transport == transport_result::cancelled);
}

TEST_CASE("the end of the engine cancels what is open and what waits") {
  std::latch arrived{2};
  scripted_server server{[&](connection& client) {
    client.read_request();
    arrived.count_down();
    client.wait_for_close();
  }};
  std::vector<std::future<http_response>> open;
  {
    http_engine engine{{.max_connections_per_host = 2}};
    for (transfer_id id = 1; id <= 6; ++id) open.push_back(submit(engine, get(server.url(), id)));
    arrived.wait();
  }
  for (auto& one : open) CHECK(wait(std::move(one)).transport == transport_result::cancelled);
}

TEST_CASE("a callback may submit the next transfer") {
  scripted_server server{answer_always};
  std::promise<int> done;
  http_engine engine;
  std::function<void(int)> next = [&](int left) {
    engine.submit(get(server.url(), static_cast<transfer_id>(left)), [&, left](http_response response) {
      if (left == 1) return done.set_value(static_cast<int>(response.status));
      next(left - 1);
    });
  };
  next(20);
  auto result = done.get_future();
  REQUIRE(result.wait_for(20s) == std::future_status::ready);
  CHECK(result.get() == 200);
  CHECK(server.connections() == 1);
}

TEST_CASE("many threads submit and cancel at once, and every callback runs once") {
  scripted_server server{answer_always};
  std::atomic<int> calls = 0;
  {
    http_engine engine{{.max_connections_per_host = 4}};
    std::vector<std::thread> threads;
    for (transfer_id base = 1; base <= 4; ++base) {
      threads.emplace_back([&, base] {
        for (transfer_id i = 0; i < 100; ++i) {
          const auto id = base * 1000 + i;
          engine.submit(get(server.url(), id), [&](http_response) { ++calls; });
          if (i % 3 == 0) engine.cancel(id);
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  CHECK(calls == 400);
}

} // namespace tidemark::test
