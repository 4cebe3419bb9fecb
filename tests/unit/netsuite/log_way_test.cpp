#include "netsuite/log_way.hpp"

#include <doctest/doctest.h>

#include <vector>
namespace log_way_test {

using namespace tidemark;

const failure unnamed{ec::unsupported_query, "Invalid or unsupported search"};

std::vector<std::string> all_ways(log_ways ways) {
  std::vector<std::string> found{to_text(ways.present())};
  while (ways.refused(unnamed)) found.push_back(to_text(ways.present()));
  return found;
}

TEST_CASE("a column that the account says to lack is left out, the others stay") {
  log_ways ways{{}, false};
  CHECK(ways.refused({ec::unknown_column, "", "scriptid"}));
  CHECK(to_text(ways.present()) == "by day without scriptid");
  CHECK(ways.refused({ec::unknown_column, "", "type"}));
  CHECK(to_text(ways.present()) == "by day without scriptid, type");
}

TEST_CASE("where the account names nothing each way is tried once, and then no more") {
  auto ways = all_ways(log_ways{{}, false});
  CHECK(ways.size() == 9);
  CHECK(ways.front() == "by day");
  CHECK(ways[2] == "by clock");
  CHECK(ways.back() == "by clock without deleteddate, recordtypeid, scriptid, type");
}

TEST_CASE("the way that is known is tried first, and the usual one if it does not do any more") {
  auto ways = all_ways(log_ways{log_way_of("by clock without type"), false});
  CHECK(ways.size() == 10);
  CHECK(ways[0] == "by clock without type");
  CHECK(ways[1] == "by day");
}

TEST_CASE("a log that is not to be seen, or not to be bound, has no other way") {
  for (auto& what : std::vector<failure>{{ec::missing_table, "", "deletedrecord"},
                                         {ec::permission, ""},
                                         {ec::server, ""},
                                         {ec::timeout, ""}})
    CHECK_FALSE(log_ways{{}, false}.refused(what));
}

TEST_CASE("a way that was found is settled on once the usual one is refused beside it") {
  log_ways ways{{}, false};
  CHECK(ways.refused(unnamed));
  CHECK(ways.refused(unnamed));
  CHECK(to_text(ways.present()) == "by clock");
  CHECK(ways.taken());
  SUBCASE("it is") {
    CHECK(ways.present() == log_way{});
    CHECK(ways.refused(unnamed));
    CHECK(to_text(ways.present()) == "by clock");
    CHECK_FALSE(ways.taken());
  }
  SUBCASE("it is not: the refusals were strays") {
    CHECK_FALSE(ways.taken());
    CHECK(ways.present() == log_way{});
  }
  CHECK(ways.tried_usual());
}

TEST_CASE("the usual way is tried before the one that is known where that is wanted, at one request more") {
  auto known = log_way_of("by day without type");
  log_ways ways{known, true};
  CHECK(ways.present() == log_way{});
  CHECK(ways.tried_usual());
  SUBCASE("it is taken by now") {
    CHECK_FALSE(ways.taken());
    CHECK(ways.present() == log_way{});
  }
  SUBCASE("it is still refused") {
    CHECK(ways.refused({ec::unknown_column, "", "recordid"}));
    CHECK(ways.present() == known);
    CHECK_FALSE(ways.taken());
  }
}

TEST_CASE("a way that is known and taken is asked for alone") {
  log_ways ways{log_way_of("by day without type"), false};
  CHECK_FALSE(ways.taken());
  CHECK_FALSE(ways.tried_usual());
  log_ways usual{{}, true};
  CHECK_FALSE(usual.taken());
  CHECK(usual.tried_usual());
}

TEST_CASE("a way is what its text says") {
  for (auto& way : std::vector<log_way>{{},
                                        {true, {}},
                                        {false, {"scriptid"}},
                                        {true, {"deleteddate", "recordtypeid", "scriptid", "type"}}})
    CHECK(log_way_of(to_text(way)) == way);
  for (auto* text : {"", "by magic", "by day without shoes"}) CHECK(log_way_of(text) == log_way{});
}

} // namespace log_way_test
