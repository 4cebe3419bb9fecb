#include "actors/supervision.hpp"

#include <fmt/format.h>

#include "config/logging.hpp"
#include "messages/caf_error.hpp"

namespace tidemark {

namespace {

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "something that is no exception";
  }
}

} // namespace

caf::error end_reason(std::string_view actor, const std::exception_ptr& thrown) {
  auto text = fmt::format("an exception ended the {} actor: {}", actor, text_of(thrown));
  log(log_level::error, "supervision", "exception", "{}", text);
  return to_caf_error({ec::internal, std::move(text), std::string{actor}});
}

std::string death_text(const caf::error& reason) { return to_failure(reason).message; }

} // namespace tidemark
