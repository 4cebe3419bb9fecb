#include "samples.hpp"
#include "tools/tidemark/bar.hpp"
#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/facts.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/table.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace tidemark;
using namespace tidemark::cli;

TEST_CASE("counts have thousands separators") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1000) == "1,000");
  CHECK(count_text(18'446'744'073'709'551'615U) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "batch", "es") == "1 batch");
  CHECK(counted(2000, "batch", "es") == "2,000 batches");
}

TEST_CASE("100 % is said only when all is done") {
  CHECK(percent_text(0) == "0.0 %");
  CHECK(percent_text(9999) == "99.9 %");
  CHECK(percent_text(10'000) == "100.0 %");
}

TEST_CASE("durations use the units that matter") {
  CHECK(duration_text(400) == "0.4 s");
  CHECK(duration_text(12'900) == "12 s");
  CHECK(duration_text(185'000) == "3 min 05 s");
  CHECK(duration_text(7'380'000) == "2 h 03 min");
  CHECK(duration_text(26 * 3'600'000) == "1 d 02 h");
  CHECK(duration_text(-5) == "0.0 s");
  CHECK(clock_text(59'999) == "59 s");
  CHECK(clock_text(185'000) == "3:05");
  CHECK(clock_text(7'385'000) == "2:03:05");
}

TEST_CASE("the remaining time is an interval unless its ends are alike") {
  CHECK(interval_text(noon + 130'000, noon + 170'000, noon) == "2:10 to 2:50");
  CHECK(interval_text(noon + 130'000, noon + 130'400, noon) == "2:10");
  CHECK(interval_text(noon - 1000, noon + 5000, noon) == "0 s to 5 s");
  CHECK(interval_text(noon + 5000, noon + 1000, noon) == "5 s");
}

TEST_CASE("rates keep one digit only where it says something") {
  CHECK(rate_text(0) == "0/s");
  CHECK(rate_text(0.44) == "0.4/s");
  CHECK(rate_text(1234.4) == "1,234/s");
}

TEST_CASE("times for programs are UTC with milliseconds, before 1970 too") {
  CHECK(iso_time_text(noon + 7) == "2026-03-01T12:00:00.007Z");
  CHECK(iso_time_text(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("times for people are local and name their offset") {
  auto in_zone = [](const char* zone, unix_ms time) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    auto text = local_time_text(time);
    ::unsetenv("TZ");
    ::tzset();
    return text;
  };
  CHECK(in_zone("CET-1", noon) == "2026-03-01 13:00:00 +01:00");
  CHECK(in_zone("NST3:30", noon) == "2026-03-01 08:30:00 -03:30");
  CHECK(in_zone("UTC0", 0) == "-");
}

TEST_CASE("text that a terminal would obey is made harmless") {
  CHECK(printable("a\x1b[2Jb\nc\x7f") == "a [2Jb c ");
  CHECK(printable("\xc2\x9b"
                  "31m")
        == " 31m");
  CHECK(printable("\xff\xc3") == "??");
  CHECK(printable("\xed\xa0\x80") == "???");
  CHECK(printable("\xe2\x80\xae"
                  "abc")
        == " abc");
  CHECK(printable("größe 東京") == "größe 東京");
}

TEST_CASE("width counts columns, not bytes") {
  CHECK(display_width("größe") == 5);
  CHECK(display_width("東京") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(fit_left("größe", 7) == "größe  ");
  CHECK(fit_right("7", 3) == "  7");
  CHECK(fit_left("東京都", 5) == "東.. ");
  CHECK(cut("abcdef", 4) == "ab..");
  CHECK(cut("abcdef", 1) == ".");
  CHECK(cut("abcdef", 0).empty());
}

TEST_CASE("long text is wrapped at spaces, and long words anywhere") {
  CHECK(wrap("one two three", 8) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("abcdefghij", 4) == std::vector<std::string>{"abcd", "efgh", "ij"});
  CHECK(wrap("", 4) == std::vector<std::string>{""});
}

TEST_CASE("a line is cut as a whole") {
  line what{{"abc"}, {"def"}, {"ghi"}};
  CHECK(paint(cut(what, 9), false) == "abcdefghi");
  CHECK(paint(cut(what, 6), false) == "abcd..");
  CHECK(paint(cut(what, 5), false) == "abc..");
  CHECK(paint(cut(what, 4), false) == "ab..");
}

TEST_CASE("tones become codes only where there are colours") {
  line what{{"x", tone::bad}, {"y"}};
  CHECK(paint(what, false) == "xy");
  CHECK(paint(what, true) == "\x1b[31mx\x1b[0my");
}

TEST_CASE("a bar looks full only when it is, and never empty once something is done") {
  CHECK(bar_text(4, 0, false) == "....");
  CHECK(bar_text(4, 9999, false) == "###.");
  CHECK(bar_text(4, 10'000, false) == "####");
  CHECK(bar_text(2, 5000, true) == "\u2588\u2591");
  CHECK(bar_text(2, 1, true) == "\u258f\u2591");
  CHECK(bar_text(2, 9999, true) == "\u2588\u2589");
  for (std::uint32_t progress = 0; progress <= 10'000; progress += 7)
    CHECK(display_width(bar_text(13, progress, true)) == 13);
}

TEST_CASE("a table aligns its columns and leaves out empty ones") {
  table what{{{"name"}, {"count", column::side::right}, {"never"}}};
  what.add({{"a"}, {"1,000"}, {""}});
  what.add({{"long name"}, {"7"}, {""}});
  CHECK(joined(what.layout())
        == "name       count\n"
           "a          1,000\n"
           "long name      7\n");
}

TEST_CASE("a table that is too wide drops columns, then cuts") {
  table what{{{"id"},
              {"name", column::side::left, 4},
              {"extra", column::side::left, 0, 2},
              {"more", column::side::left, 0, 1}}};
  what.add({{"0123456789"}, {"a long name"}, {"extra"}, {"more"}});
  CHECK(texts(what.layout(35))[1] == "0123456789  a long n..  extra  more");
  CHECK(texts(what.layout(20))[1] == "0123456789  a long..");
  CHECK(texts(what.layout(5))[1] == "0123456789  a ..");
}

TEST_CASE(
    "a table that cannot be made narrower otherwise cuts what is not meant to be cut, but not the first") {
  table what{{{"tenant"}, {"account"}, {"imports running", column::side::right}}};
  what.add({{"a-long-tenant"}, {"1234567_SB1"}, {"0"}});
  auto rows = texts(what.layout(36));
  CHECK(rows[0].ends_with(".."));
  CHECK(rows[1].starts_with("a-long-tenant  1234567..  "));
  CHECK(rows[1].ends_with(" 0"));
  for (std::size_t width = 25; width < 50; ++width)
    for (auto& x : what.layout(width)) CHECK(width_of(x) <= width);
}

TEST_CASE("a table's cells cannot break its lines") {
  table what{{{"name"}}};
  what.add({{"a\nb\x1b[31m"}});
  CHECK(texts(what.layout())[1] == "a b [31m");
}

TEST_CASE("facts wrap beside their names, and what is to be copied stays whole") {
  auto lines = texts(layout_facts({{"id", {"0123456789012345678901234567"}, true},
                                   {"empty", {""}},
                                   {"why", {"one two three four five six"}}},
                                  26));
  CHECK(lines
        == std::vector<std::string>{"id   0123456789012345678901234567", "why  one two three four",
                                    "     five six"});
}
