#include "messages/error.hpp"

#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "messages/caf_error.hpp"
#include "messages/caf_system.hpp"
namespace error_test {

using namespace tidemark;

std::vector<ec> known_codes() {
  std::vector<ec> codes;
  for (int number = 0; number < 256; ++number)
    if (auto code = static_cast<ec>(number); to_string(code) != "unknown") codes.push_back(code);
  return codes;
}

TEST_CASE("every error code has a name of its own that leads back to it") {
  auto codes = known_codes();
  CHECK(codes.size() == 31);
  std::set<std::string_view> names;
  for (auto code : codes) {
    CHECK(names.insert(to_string(code)).second);
    CHECK(error_code_from_string(to_string(code)) == code);
  }
}

TEST_CASE("an unknown name is no error code") {
  CHECK_FALSE(error_code_from_string("sunshine"));
  CHECK_FALSE(error_code_from_string(""));
  CHECK(to_string(static_cast<ec>(255)) == "unknown");
}

TEST_CASE("a failure is shown with its code") {
  CHECK(render({ec::conflict, "an import of customer is running"})
        == "conflict: an import of customer is running");
}

TEST_CASE("a failure comes back from a caf error as it was") {
  for (auto code : known_codes()) {
    if (code == ec::none) continue;
    failure what{code, "a sentence", "a subject"};
    CHECK(to_failure(to_caf_error(what)) == what);
  }
}

TEST_CASE("no error is no failure") { CHECK(to_failure(caf::error{}) == failure{}); }

TEST_CASE("a lost peer is a transport failure and a late one a time-out") {
  CHECK(to_failure(caf::sec::request_receiver_down).code == ec::transport);
  CHECK(to_failure(caf::exit_reason::remote_link_unreachable).code == ec::transport);
  CHECK(to_failure(caf::sec::request_timeout).code == ec::timeout);
  CHECK(to_failure(caf::sec::unexpected_message).code == ec::internal);
}

TEST_CASE("an actor system that knows the protocol can render our errors") {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", 1);
  announce_protocol(config);
  caf::actor_system system{config};
  auto text = system.render(to_caf_error({ec::fenced, "another owner came", "demo"}));
  CHECK(text.find("fenced") != std::string::npos);
  CHECK(text.find("another owner came") != std::string::npos);
}

TEST_CASE("a failure without text survives the way through caf") {
  CHECK(to_failure(to_caf_error({ec::stale, "", ""})) == failure{ec::stale, "", ""});
  CHECK(to_failure(caf::make_error(ec::stale)) == failure{ec::stale, "", ""});
}

} // namespace error_test
