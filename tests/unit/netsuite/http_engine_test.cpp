#include <doctest/doctest.h>

#include <future>
#include <latch>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "gzip.hpp"
#include "netsuite/http_engine.hpp"
#include "scripted_server.hpp"

using namespace std::chrono_literals;

namespace tidemark::test {

namespace {

http_request get(const std::string& url, transfer_id id = 1) {
  http_request request;
  request.id = id;
  request.url = url;
  return request;
}

std::future<http_response> submit(http_engine& engine, http_request request) {
  std::promise<http_response> promise;
  auto future = promise.get_future();
  engine.submit(std::move(request), [answer = std::move(promise)](http_response response) mutable {
    answer.set_value(std::move(response));
  });
  return future;
}

http_response wait(std::future<http_response> future) {
  REQUIRE(future.wait_for(20s) == std::future_status::ready);
  return future.get();
}

http_response exchange(http_engine& engine, http_request request) {
  return wait(submit(engine, std::move(request)));
}

void answer_always(connection& client) {
  while (client.read_request()) client.answer(200, "{}");
}

} // namespace

TEST_CASE("an answer arrives with status, body and the fields that matter") {
  scripted_server server{[](connection& client) {
    while (client.read_request())
      client.answer(429, R"({"status":429})",
                    "content-type: application/json\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                    "X-N-OperationId: abc-123\r\nRetry-After: 7\r\n");
  }};
  http_engine engine;
  const auto response = exchange(engine, get(server.url(), 42));
  CHECK(response.id == 42);
  CHECK(response.transport == transport_result::ok);
  CHECK(response.status == 429);
  CHECK(*response.body == R"({"status":429})");
  CHECK(response.content_type == "application/json");
  CHECK(response.operation_id == "abc-123");
  CHECK(response.server_date == 784111777000);
  CHECK(response.retry_after == 7s);
  CHECK(response.new_connection);
  CHECK(response.first_byte);
  CHECK(response.duration > 0us);
}

TEST_CASE("a post carries its fields and its body") {
  std::promise<std::string> seen;
  scripted_server server{[&](connection& client) {
    if (auto request = client.read_request()) seen.set_value(*request);
    client.answer(204, "");
  }};
  http_engine engine;
  auto request = get(server.url() + "/suiteql?limit=1000");
  request.method = "POST";
  request.headers = {"Prefer: transient", "Content-Type: application/json"};
  request.body = R"({"q":"SELECT 1 FROM dual"})";
  CHECK(exchange(engine, request).status == 204);
  const auto text = seen.get_future().get();
  CHECK(text.starts_with("POST /suiteql?limit=1000 HTTP/1.1\r\n"));
  CHECK(text.find("Prefer: transient\r\n") != std::string::npos);
  CHECK(text.find("Accept-Encoding: gzip\r\n") != std::string::npos);
  CHECK(text.ends_with("\r\n\r\n" + request.body));
}

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

TEST_CASE("a compressed body arrives decompressed and with room for the parser") {
  const std::string text = fmt::format("{{\"items\":[\"{:*>100000}\"]}}", "");
  scripted_server server{[&](connection& client) {
    while (client.read_request()) client.answer(200, gzip(text), "Content-Encoding: gzip\r\n");
  }};
  http_engine engine;
  const auto response = exchange(engine, get(server.url()));
  CHECK(response.status == 200);
  CHECK(*response.body == text);
  CHECK(response.body->capacity() >= response.body->size() + simdjson::SIMDJSON_PADDING);
}

TEST_CASE("a body that ends early is a broken transfer") {
  scripted_server server{[](connection& client) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"items\":[");
  }};
  http_engine engine;
  const auto response = exchange(engine, get(server.url()));
  CHECK(response.transport == transport_result::broken);
  CHECK(response.status == 0);
  CHECK(response.body->empty());
  CHECK(response.transport_text.find("127.0.0.1") != std::string::npos);
}

TEST_CASE("a body that is not compressed as it says is a broken transfer") {
  scripted_server server{[](connection& client) {
    while (client.read_request()) client.answer(200, "this is no gzip stream", "Content-Encoding: gzip\r\n");
  }};
  http_engine engine;
  CHECK(exchange(engine, get(server.url())).transport == transport_result::broken);
}

TEST_CASE("a body above the bound is refused") {
  http_engine engine{{.max_body = 1000}};
  const std::string body(1001, 'x');
  SUBCASE("when its length is told") {
    scripted_server server{[&](connection& client) {
      client.read_request();
      client.answer(200, body);
    }};
    CHECK(exchange(engine, get(server.url())).transport == transport_result::body_too_large);
  }
  SUBCASE("when its length is not told") {
    scripted_server server{[&](connection& client) {
      client.read_request();
      client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + body + "\r\n0\r\n\r\n");
    }};
    CHECK(exchange(engine, get(server.url())).transport == transport_result::body_too_large);
  }
  SUBCASE("when it is small only as long as it is compressed") {
    scripted_server server{[&](connection& client) {
      client.read_request();
      client.answer(200, gzip(std::string(1'000'000, 'x')), "Content-Encoding: gzip\r\n");
    }};
    CHECK(exchange(engine, get(server.url())).transport == transport_result::body_too_large);
  }
  SUBCASE("but not when it has exactly that size") {
    scripted_server server{[&](connection& client) {
      client.read_request();
      client.answer(200, body.substr(1));
    }};
    CHECK(exchange(engine, get(server.url())).status == 200);
  }
}

TEST_CASE("an answer that does not come in time is a timeout") {
  scripted_server server{[](connection& client) {
    client.read_request();
    client.wait_for_close();
  }};
  http_engine engine;
  auto request = get(server.url());
  request.total_timeout = 50ms;
  const auto response = exchange(engine, request);
  CHECK(response.transport == transport_result::timeout);
  CHECK(!response.first_byte);
}

TEST_CASE("a port where nobody listens is unreachable") {
  http_engine engine;
  const auto response = exchange(engine, get(fmt::format("http://127.0.0.1:{}", closed_port())));
  CHECK(response.transport == transport_result::unreachable);
  CHECK(response.transport_text.starts_with("127.0.0.1:"));
}

TEST_CASE("a certificate is trusted if its authority is, and only for its own host") {
  const tls_identity ours;
  const tls_identity elsewhere{"127.0.0.2"};
  const auto answer_as = [](const tls_identity& identity) {
    return [&](connection& client) {
      if (client.start_tls(identity)) answer_always(client);
    };
  };
  scripted_server server{answer_as(ours)};
  scripted_server other{answer_as(elsewhere)};
  const auto encrypted = [](const scripted_server& x) { return "https" + x.url().substr(4); };

  http_engine trusting{{.ca_file = ours.certificate_file()}};
  CHECK(exchange(trusting, get(encrypted(server), 1)).status == 200);
  CHECK(exchange(trusting, get(encrypted(server), 2)).status == 200);
  CHECK(trusting.stats().connections_opened == 1);

  http_engine plain;
  const auto untrusted = exchange(plain, get(encrypted(server)));
  CHECK(untrusted.transport == transport_result::tls);
  CHECK(untrusted.transport_text.starts_with("127.0.0.1:"));

  http_engine misled{{.ca_file = elsewhere.certificate_file()}};
  CHECK(exchange(misled, get(encrypted(other))).transport == transport_result::tls);
}

TEST_CASE("a peer that speaks no TLS is named with its host") {
  scripted_server server{[](connection& client) { client.send("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
  http_engine engine;
  const auto response = exchange(engine, get("https" + server.url().substr(4)));
  CHECK(response.transport == transport_result::tls);
  CHECK(response.transport_text.starts_with("127.0.0.1:"));
}

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

TEST_CASE("a kept connection that the peer has closed is replaced unseen") {
  scripted_server server{[](connection& client) {
    client.read_request();
    client.answer(200, "{}");
  }};
  http_engine engine;
  for (transfer_id id = 1; id <= 5; ++id) CHECK(exchange(engine, get(server.url(), id)).status == 200);
  CHECK(server.connections() == 5);
}

TEST_CASE(
    "a kept connection that breaks before an answer is replaced unseen, even if all kept ones are dead") {
  constexpr int kept = 8; // more than libcurl itself tries one after the other
  std::latch all_arrived{kept};
  scripted_server server{[&](connection& client) {
    if (client.number() > kept) return answer_always(client);
    client.read_request();
    all_arrived.arrive_and_wait();
    client.answer(200, "{}");
    client.read_request();
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
  CHECK(response.transport == transport_result::ok);
  CHECK(response.status == 200);
  CHECK(response.new_connection);
  CHECK(engine.stats().retried == 1);
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

TEST_CASE("a redirect is an answer like any other") {
  scripted_server server{[](connection& client) {
    while (client.read_request()) client.answer(302, "", "Location: http://127.0.0.1:1/elsewhere\r\n");
  }};
  http_engine engine;
  CHECK(exchange(engine, get(server.url())).status == 302);
  CHECK(server.connections() == 1);
}

TEST_CASE("the head of an interim answer is not taken for the answer's") {
  scripted_server server{[](connection& client) {
    while (client.read_request()) {
      client.send("HTTP/1.1 100 Continue\r\nX-N-OperationId: interim\r\nRetry-After: 9\r\n\r\n");
      client.answer(200, "{}");
    }
  }};
  http_engine engine;
  const auto response = exchange(engine, get(server.url()));
  CHECK(response.status == 200);
  CHECK(response.operation_id.empty());
  CHECK(response.retry_after == 0s);
}

TEST_CASE("a request that cannot be sent closes as failed and says why") {
  http_engine engine;
  auto request = get("http://127.0.0.1:1/");
  SUBCASE("because of its method") { request.method = "DELETE"; }
  SUBCASE("because of its URL") { request.url = "not a url"; }
  SUBCASE("because of its scheme") { request.url = "file:///etc/hostname"; }
  SUBCASE("because a field has a line break") { request.headers = {"X-A: b\r\nX-C: d"}; }
  SUBCASE("because a field has no name") { request.headers = {"nothing"}; }
  const auto response = exchange(engine, request);
  CHECK(response.transport == transport_result::failed);
  CHECK(!response.transport_text.empty());
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
