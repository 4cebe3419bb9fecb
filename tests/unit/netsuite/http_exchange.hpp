/// One exchange through an engine, as the tests write it.
#pragma once

#include <chrono>
#include <future>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "netsuite/http_engine.hpp"
#include "netsuite/unpack.hpp"
#include "scripted_server.hpp"

namespace tidemark::test {

inline http_request get(const std::string& url, transfer_id id = 1) {
  http_request request;
  request.id = id;
  request.url = url;
  return request;
}

inline std::future<http_response> submit(http_engine& engine, http_request request) {
  std::promise<http_response> promise;
  auto future = promise.get_future();
  engine.submit(std::move(request), [answer = std::move(promise)](http_response response) mutable {
    answer.set_value(std::move(response));
  });
  return future;
}

inline http_response wait(std::future<http_response> future) {
  REQUIRE(future.wait_for(std::chrono::seconds{20}) == std::future_status::ready);
  auto response = future.get();
  unpack(response);
  return response;
}

inline http_response exchange(http_engine& engine, http_request request) {
  return wait(submit(engine, std::move(request)));
}

/// A script that answers every request with an empty object.
inline void answer_always(connection& client) {
  while (client.read_request()) client.answer(200, "{}");
}

} // namespace tidemark::test
