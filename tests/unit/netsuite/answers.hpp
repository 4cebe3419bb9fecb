/// Answers as the http engine would hand them over.
#pragma once

#include <memory>
#include <string>

#include "messages/http.hpp"

namespace tidemark::test {

inline http_response answer(long status, std::string body) {
  http_response out;
  out.status = status;
  out.body = std::make_shared<std::string>(std::move(body));
  return out;
}

inline http_response no_answer(transport_result how, std::string text) {
  auto out = answer(0, {});
  out.transport = how;
  out.transport_text = std::move(text);
  return out;
}

} // namespace tidemark::test
