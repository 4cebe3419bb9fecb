#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "http_exchange.hpp"

using namespace std::chrono_literals;

namespace tidemark::test {

namespace proxy_test {

/// A variable of the environment that has its old value again when the test has ended.
class variable {
public:
  variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST_CASE("a proxy that the environment names is not used") {
  scripted_server server{answer_always};
  scripted_server proxy{[](connection& client) {
    while (client.read_request()) client.answer(502, "");
  }};
  const variable http{"http_proxy", proxy.url()};
  const variable https{"https_proxy", proxy.url()};
  const variable all{"ALL_PROXY", proxy.url()};
  http_engine engine;
  CHECK(exchange(engine, get(server.url())).status == 200);
  CHECK(proxy.connections() == 0);
}

TEST_CASE("nobody but the configuration makes an exception from its proxy") {
  std::string asked;
  scripted_server proxy{[&](connection& client) {
    while (auto request = client.read_request()) {
      asked = *request;
      client.answer(200, "{}");
    }
  }};
  const variable all{"no_proxy", "*"};
  http_engine engine{{.proxy = proxy.url()}};
  CHECK(exchange(engine, get("http://127.0.0.1:9/page")).status == 200);
  CHECK(asked.starts_with("GET http://127.0.0.1:9/page "));
}

TEST_CASE("what a proxy says when it connects is not taken for the peer's answer") {
  const tls_identity ours;
  std::string tunnel;
  std::string asked;
  scripted_server proxy{[&](connection& client) {
    tunnel = client.read_request().value_or("");
    client.send(
        "HTTP/1.1 200 Connected\r\nRetry-After: 77\r\nX-N-OperationId: of the proxy\r\n"
        "Content-Encoding: gzip\r\nDate: Thu, 01 Jan 1970 00:00:10 GMT\r\nContent-Type: text/html\r\n\r\n");
    if (!client.start_tls(ours)) return;
    while (auto request = client.read_request()) {
      asked = *request;
      client.answer(200, "{}");
    }
  }};
  http_engine engine{{.ca_file = ours.certificate_file(), .proxy = proxy.url()}};
  auto request = get("https://127.0.0.1:9/page");
  request.headers = {"Authorization: Bearer token"};
  const auto response = exchange(engine, request);
  CHECK(response.status == 200);
  CHECK(*response.body == "{}");
  CHECK(response.retry_after == 0s);
  CHECK(response.operation_id.empty());
  CHECK(response.server_date == 0);
  CHECK(response.content_type.empty());
  CHECK(tunnel.starts_with("CONNECT 127.0.0.1:9 "));
  CHECK(tunnel.find("Bearer") == std::string::npos);
  CHECK(asked.find("Bearer token") != std::string::npos);
}

TEST_CASE("a proxy that does not connect is told of, without its password") {
  scripted_server proxy{[](connection& client) {
    while (client.read_request())
      client.answer(407, "who are you?", "Retry-After: 77\r\nX-N-OperationId: of the proxy\r\n");
  }};
  auto with_password = fmt::format("http://me:hidden@{}", proxy.url().substr(7));
  http_engine engine{{.proxy = with_password}};
  const auto response = exchange(engine, get("https://127.0.0.1:9/page"));
  CHECK(response.transport == transport_result::broken);
  CHECK(response.status == 0);
  CHECK(response.retry_after == 0s);
  CHECK(response.operation_id.empty());
  CHECK(response.transport_text.find("through the proxy " + proxy.url().substr(7)) != std::string::npos);
  CHECK(response.transport_text.find("hidden") == std::string::npos);
}

} // namespace proxy_test

} // namespace tidemark::test
