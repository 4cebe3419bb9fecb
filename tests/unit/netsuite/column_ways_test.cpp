#include <doctest/doctest.h>

#include "netsuite/column_ways.hpp"

namespace tidemark::test {

TEST_CASE("a time that is refused is asked for by its text, then by the clock, then not at all") {
  CHECK(way_after(field_type::datetime, {}) == column_way::by_text);
  CHECK(way_after(field_type::datetime, column_way::by_text) == column_way::by_clock);
  CHECK(way_after(field_type::datetime, column_way::by_clock) == column_way::left_out);
  CHECK(way_after(field_type::datetime, column_way::left_out) == column_way::left_out);
  for (auto type : {field_type::text, field_type::date, field_type::decimal})
    CHECK(way_after(type, {}) == column_way::left_out);
}

TEST_CASE("a way is known again by its note") {
  for (auto way : {column_way::by_text, column_way::by_clock, column_way::left_out})
    CHECK(way_of({"item", std::string{note_code(way)}, "created", {}}) == way);
  CHECK(way_of({"item", "column_misfit", "created", {}}) == column_way::left_out);
  CHECK_FALSE(way_of({"item", "type_skipped", "item", {}}));
}

TEST_CASE("of two notes on a column the one that asks for less counts") {
  column_ways ways;
  take_way(ways, {"item", "time_by_clock", "created", {}});
  take_way(ways, {"item", "time_by_text", "created", {}});
  take_way(ways, {"item", "read_whole", "", {}});
  CHECK(ways == column_ways{{"created", column_way::by_clock}});
}

} // namespace tidemark::test
