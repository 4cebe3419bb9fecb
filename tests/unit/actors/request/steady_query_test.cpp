#include "actors/request/steady_query.hpp"

#include <doctest/doctest.h>

#include "import/import_world.hpp"
namespace steady_query_test {

using namespace tidemark;
using namespace std::chrono_literals;

/// One query of an actor that does nothing else.
struct query_world : import_world {
  void ask() {
    spawn([this](caf::event_based_actor* self) {
      query.emplace(self, services(), "demo.1", 3);
      http_request wanted;
      wanted.url = "https://demo.example/x";
      query->ask(std::move(wanted), [this](outcome<http_response> got) { result = std::move(got); });
      return caf::behavior{[this](const tick& due) { query->delay_over(due.generation); }};
    });
    settle();
  }

  std::optional<steady_query<caf::event_based_actor>> query;
  std::optional<outcome<http_response>> result;
};

http_response maintenance() {
  return answer_of("The account is currently unavailable while we undergo scheduled maintenance.", 503);
}

TEST_CASE("a query that fails is asked again after a growing delay, as a batch is") {
  query_world it;
  it.ask();
  it.answer(answer_of("oops", 500));
  it.advance(900ms);
  CHECK(it.engine.open.empty());
  it.advance(200ms);
  REQUIRE(it.engine.open.size() == 1);
  it.answer(transport_error(transport_result::broken));
  it.advance(900ms);
  CHECK(it.engine.open.empty());
  it.advance(200ms);
  REQUIRE(it.engine.open.size() == 1);
  it.answer(answer_of("oops", 500));
  REQUIRE(it.result);
  CHECK(it.result->error().code == ec::server);
}

TEST_CASE("a query that an outage fails waits for the account, not for a delay, and spends no attempt") {
  query_world it;
  it.ask();
  for (int i = 0; i < 4; ++i) {
    REQUIRE(it.engine.open.size() == 1);
    it.answer(maintenance());
    CHECK_FALSE(it.result);
    CHECK(it.pool_now().waiting == 1);
    while (it.engine.open.empty()) it.advance(100ms);
  }
  it.answer(answer_of("{}"));
  REQUIRE(it.result);
  CHECK(it.result->has_value());
}

} // namespace steady_query_test
