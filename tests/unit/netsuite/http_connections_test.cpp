#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <latch>
#include <semaphore>
#include <vector>

#include "http_exchange.hpp"

namespace tidemark::test {

TEST_CASE("transfers one after the other share one connection") {
  scripted_server server{answer_always};
  http_engine engine;
  for (transfer_id id = 1; id <= 10; ++id) CHECK(exchange(engine, get(server.url(), id)).status == 200);
  CHECK(server.connections() == 1);
  const auto stats = engine.stats();
  CHECK(stats.transfers == 10);
  CHECK(stats.connections_opened == 1);
  CHECK(stats.reused == 9);
  CHECK(stats.open_now == 1);
  CHECK(stats.in_flight == 0);
}

TEST_CASE("transfers at once take one connection each, and later ones take none") {
  std::latch all_arrived{4};
  scripted_server server{[&](connection& client) {
    if (!client.read_request()) return;
    all_arrived.arrive_and_wait();
    client.answer(200, "{}");
    answer_always(client);
  }};
  http_engine engine;
  std::vector<std::future<http_response>> open;
  for (transfer_id id = 1; id <= 4; ++id) open.push_back(submit(engine, get(server.url(), id)));
  for (auto& one : open) CHECK(wait(std::move(one)).status == 200);
  CHECK(server.connections() == 4);
  for (transfer_id id = 5; id <= 20; ++id) CHECK(exchange(engine, get(server.url(), id)).status == 200);
  CHECK(server.connections() == 4);
}

TEST_CASE("no more connections to a host are opened than the bound says") {
  scripted_server server{answer_always};
  http_engine engine{{.max_connections_per_host = 2}};
  std::vector<std::future<http_response>> open;
  for (transfer_id id = 1; id <= 20; ++id) open.push_back(submit(engine, get(server.url(), id)));
  for (auto& one : open) CHECK(wait(std::move(one)).status == 200);
  CHECK(server.connections() <= 2);
}

TEST_CASE("a kept connection that the peer has closed is replaced unseen") {
  std::counting_semaphore closed{0};
  scripted_server server{[&](connection& client) {
    client.read_request();
    client.answer(200, "{}");
    client.close();
    closed.release();
  }};
  http_engine engine;
  for (transfer_id id = 1; id <= 5; ++id) {
    CHECK(exchange(engine, get(server.url(), id)).status == 200);
    closed.acquire();
  }
  CHECK(server.connections() == 5);
}

TEST_CASE("a new connection that breaks before an answer is a broken transfer") {
  scripted_server server{[](connection& client) {
    client.read_request();
    client.reset();
  }};
  http_engine engine;
  const auto response = exchange(engine, get(server.url()));
  CHECK(response.transport == transport_result::broken);
  CHECK(!response.first_byte);
  CHECK(server.connections() == 1);
}

TEST_CASE("a kept connection that breaks inside an answer is not tried again") {
  scripted_server server{[](connection& client) {
    client.read_request();
    client.answer(200, "{}");
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
    client.reset();
  }};
  http_engine engine;
  CHECK(exchange(engine, get(server.url(), 1)).status == 200);
  const auto response = exchange(engine, get(server.url(), 2));
  CHECK(response.transport == transport_result::broken);
  CHECK(response.first_byte);
  CHECK(server.connections() == 1);
}

TEST_CASE(
    "a kept connection that breaks before an answer ends the transfer as lost, and nothing is sent twice") {
  constexpr int kept = 3;
  std::atomic<int> requests = 0;
  std::latch all_arrived{kept};
  scripted_server server{[&](connection& client) {
    if (client.number() > kept) return answer_always(client);
    client.read_request();
    all_arrived.arrive_and_wait();
    client.answer(200, "{}");
    if (client.read_request()) ++requests;
    client.reset();
  }};
  http_engine engine;
  std::vector<std::future<http_response>> open;
  for (transfer_id id = 1; id <= kept; ++id) open.push_back(submit(engine, get(server.url(), id)));
  for (auto& one : open) CHECK(wait(std::move(one)).status == 200);

  auto request = get(server.url(), 100);
  request.method = "POST";
  request.body = R"({"q":"SELECT"})";
  const auto response = exchange(engine, request);
  CHECK(response.transport == transport_result::lost);
  CHECK(requests == 1);
  CHECK(engine.stats().lost == 1);

  request.id = 101;
  request.fresh_connection = true;
  const auto again = exchange(engine, request);
  CHECK(again.status == 200);
  CHECK(again.new_connection);
  CHECK(requests == 1);
}

TEST_CASE("of a host's addresses the one that listens is used, whichever family it is of") {
  scripted_server server{answer_always};
  const auto port = server.url().substr(server.url().rfind(':') + 1);
  http_engine engine{{.known_addresses = {"netsuite.test:" + port + ":[::1],127.0.0.1"}}};
  CHECK(exchange(engine, get("http://netsuite.test:" + port, 1)).status == 200);
  CHECK(engine.stats().connections_opened == 1);
}

TEST_CASE("a host that has moved is found again when its old address has aged") {
  scripted_server server{answer_always};
  const auto port = server.url().substr(server.url().rfind(':') + 1);
  http_engine engine{{.address_lifetime = std::chrono::seconds{1},
                      .known_addresses = {"localhost:" + port + ":127.0.0.9"}}}; // where nobody listens
  transfer_id id = 1;
  CHECK(exchange(engine, get("http://localhost:" + port, id)).transport == transport_result::unreachable);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  auto found = false;
  while (!found && std::chrono::steady_clock::now() < deadline)
    found = exchange(engine, get("http://localhost:" + port, ++id)).status == 200;
  CHECK(found);
}

} // namespace tidemark::test
