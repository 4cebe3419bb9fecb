#include <doctest/doctest.h>

#include <future>

#include <fmt/format.h>
#include <simdjson.h>

#include "gzip.hpp"
#include "http_exchange.hpp"

using namespace std::chrono_literals;

namespace tidemark::test {

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

TEST_CASE("whatever form a Content-Encoding may have says how the body is packed") {
  const auto read = [](std::string_view body, std::string_view fields) {
    scripted_server server{[&](connection& client) {
      while (client.read_request()) client.answer(200, body, fields);
    }};
    http_engine engine;
    const auto response = exchange(engine, get(server.url()));
    return response.transport == transport_result::ok ? *response.body : response.transport_text;
  };
  CHECK(read(gzip("[1]"), "content-encoding: GZip \r\n") == "[1]");
  CHECK(read(gzip("[1]"), "Content-Encoding: x-gzip\r\n") == "[1]");
  CHECK(read(gzip("[1]"), "Content-Encoding: , gzip,\tidentity\r\n") == "[1]");
  CHECK(read(gzip("[1]"), "Content-Encoding: gzip\r\nContent-Encoding: identity\r\n") == "[1]");
  CHECK(read(gzip(gzip("[1]")), "Content-Encoding: gzip,gzip\r\n") == "[1]");
  CHECK(read("[1]", "Content-Encoding: identity\r\n") == "[1]");
  CHECK(read("[1]", "Content-Encoding: utf-8\r\n") == "[1]");
  CHECK(read("[1]", "Content-Encoding:\r\n") == "[1]");
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

TEST_CASE("a request may wait less than the engine's time-out says, never longer") {
  scripted_server server{[](connection& client) {
    client.read_request();
    client.wait_for_close();
  }};
  http_engine engine{{.total_timeout = 50ms}};
  auto request = get(server.url());
  request.total_timeout = 60s;
  CHECK(exchange(engine, request).transport == transport_result::timeout);
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

} // namespace tidemark::test
