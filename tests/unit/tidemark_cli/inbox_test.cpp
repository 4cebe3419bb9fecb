#include "tools/tidemark/inbox.hpp"

#include <doctest/doctest.h>

#include <thread>
namespace inbox_test {

using namespace tidemark;
using namespace tidemark::cli;

auto soon() { return clock::now() + std::chrono::seconds{20}; }

TEST_CASE("only the answer to the last question counts") {
  inbox in;
  auto first = in.next_question();
  auto second = in.next_question();
  in.put(second, any_answer{caf::make_message(import_list{})});
  in.put(first, std::unexpected(trouble{}));
  auto got = in.wait_for_answer();
  REQUIRE(std::holds_alternative<attempt<any_answer>>(got));
  CHECK(std::get<attempt<any_answer>>(got).has_value());
}

TEST_CASE("an answer that arrived counts even if the node is lost meanwhile") {
  inbox in;
  in.put(in.next_question(), any_answer{caf::make_message(import_list{})});
  in.put(node_lost{});
  CHECK(std::holds_alternative<attempt<any_answer>>(in.wait_for_answer()));
  CHECK(std::holds_alternative<node_lost>(in.wait_for_answer()));
  CHECK(std::holds_alternative<node_lost>(in.wait_for_answer()));
}

TEST_CASE("a wish to end comes before everything else, once") {
  inbox in;
  in.put(journal_snapshot{});
  in.put(interrupted{exit_code::terminated});
  auto first = in.wait_for_stream(soon());
  REQUIRE(std::holds_alternative<interrupted>(first));
  CHECK(std::get<interrupted>(first).code == exit_code::terminated);
  CHECK(std::holds_alternative<journal_snapshot>(in.wait_for_stream(soon())));
}

TEST_CASE("what a node told before it was lost is not lost") {
  inbox in;
  in.put(journal_snapshot{});
  in.put(import_event{});
  in.put(node_lost{});
  CHECK(std::holds_alternative<journal_snapshot>(in.wait_for_stream(soon())));
  CHECK(std::holds_alternative<import_event>(in.wait_for_stream(soon())));
  CHECK(std::holds_alternative<node_lost>(in.wait_for_stream(soon())));
}

TEST_CASE("changes of the terminal become one") {
  inbox in;
  in.put(terminal_changed{true});
  in.put(terminal_changed{false});
  auto news = in.wait_for_stream(soon());
  REQUIRE(std::holds_alternative<terminal_changed>(news));
  CHECK(std::get<terminal_changed>(news).overwritten);
  CHECK(std::holds_alternative<nothing>(in.wait_for_stream(clock::now())));
}

TEST_CASE("a waiting thread is woken") {
  inbox in;
  auto number = in.next_question();
  std::thread other{[&] { in.put(number, any_answer{caf::make_message(import_list{})}); }};
  CHECK(std::holds_alternative<attempt<any_answer>>(in.wait_for_answer()));
  other.join();
}

TEST_CASE("a stream that nobody follows any more is forgotten") {
  inbox in;
  in.put(journal_snapshot{});
  in.clear_stream();
  CHECK(std::holds_alternative<nothing>(in.wait_for_stream(clock::now())));
}

} // namespace inbox_test
