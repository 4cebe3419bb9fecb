#include "samples.hpp"
#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/live_frame.hpp"

#include <doctest/doctest.h>
namespace live_frame_test {

using namespace tidemark;
using namespace tidemark::cli;

constexpr unix_ms now = noon + 61'000;

/// Ten seconds in which the running types stored half of what they have.
rate_meter sample_rates() {
  rate_meter rates;
  auto before = sample_import();
  for (auto& type : before.types) type.records.stored /= 2;
  rates.sample(before, noon + 51'000);
  rates.sample(sample_import(), now);
  return rates;
}

std::string frame(const import_status& status, std::size_t width, std::size_t height = 24) {
  return joined(live_frame(status, sample_rates(), now, {width, height, false}));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a wide frame shows everything") {
  CHECK(
      frame(sample_import(), 100)
      == "acme.01jzzzzzzz0000000000000000  invoice  running  elapsed 1:01  left 2:09 to 2:49  2 rejected\n"
         "1 failed attempt  3 refusals  1 note\n"
         "###############.............................................  25.0 %  13,005/~24,505 records  "
         "650/s\n"
         "wave 0 currency  completed  ##############################  100.0 %            5/5  2.5/s    1/1\n"
         "wave 1 customer  running    #################.............   58.5 %  12,000/20,500  600/s  12/21\n"
         "       item      running    #######.......................   25.0 %   1,000/~4,000   50/s    1/4\n"
         "wave 2 invoice   waiting    ..............................\n"
         "note: column custentity_old is unknown here\n");
}

TEST_CASE("a narrow frame keeps name, state, bar and percent") {
  CHECK(frame(sample_import(), 40)
        == "acme.01jzzzzzzz0000000000000000  invoice\n"
           "running  elapsed 1:01  left 2:09 to 2:49\n"
           "2 rejected  1 failed attempt  3 refusals\n"
           "1 note\n"
           "########........................  25.0 %\n"
           "0 currency completed ########### 100.0 %\n"
           "1 customer running   ######.....  58.5 %\n"
           "  item     running   ##.........  25.0 %\n"
           "2 invoice  waiting   ...........\n"
           "note: column custentity_old is unknown..\n");
}

TEST_CASE("no frame is ever larger than its terminal") {
  auto status = big_import(9, 13);
  status.types[3].name = std::string(200, 'x');
  status.types[20].state = type_state::completed_with_errors;
  status.types[21].taken_from = sample_id;
  status.error = "a long\nreason " + std::string(300, 'y');
  for (std::size_t width = 1; width < 130; width += 3) {
    for (std::size_t height = 1; height < 140; height += 7) {
      auto lines = live_frame(status, sample_rates(), now, {width, height, true});
      CHECK(lines.size() <= height);
      for (auto& x : lines) CHECK(width_of(x) <= width);
    }
  }
}

TEST_CASE("waves that have ended are the first to become one line") {
  auto text = frame(big_import(2, 8), 80, 13);
  CHECK(contains(text, "wave 0 8 completed, 16,000 records\n"));
  CHECK(contains(text, "type_1_7"));
}

TEST_CASE("waves that wait become one line next") {
  auto text = frame(big_import(5, 8), 80, 20);
  CHECK(contains(text, "wave 4 8 waiting\n"));
  CHECK(contains(text, "type_1_7"));
}

TEST_CASE("what does not fit at all is counted") {
  auto text = frame(big_import(5, 8), 80, 8);
  CHECK(contains(text, "type_1_0"));
  CHECK(contains(text, "and 5 more\n"));
}

TEST_CASE("a type that another import runs says so instead of its counts") {
  auto status = sample_import();
  status.types[3].taken_from = "acme.01jzzzzzzz0000000000000009";
  CHECK(contains(frame(status, 100), "by another import"));
}

TEST_CASE("a resting import has no time left and stops its clock") {
  auto status = sample_import();
  status.state = import_state::failed;
  status.finished_at = noon + 30'000;
  status.error = "record type customer failed: no such table";
  auto text = frame(status, 100);
  CHECK(contains(text, "elapsed 30 s"));
  CHECK_FALSE(contains(text, "left"));
  CHECK(contains(text, status.error));
}

TEST_CASE("an import without record types has only its head") {
  import_status status;
  status.id = sample_id;
  status.record_type = "invoice";
  CHECK(frame(status, 80) == sample_id + "  invoice  queued\n" + std::string(60, '.') + "   0.0 %\n");
}

TEST_CASE("a rate is that of the last seconds and falls when nothing comes") {
  rate_meter rates;
  auto status = sample_import();
  auto& type = status.types[1];
  auto at = [&](unix_ms time, std::uint64_t stored) {
    type.records.stored = stored;
    rates.sample(status, time);
  };
  at(noon, 0);
  CHECK(rates.of(type, noon) == 0);
  at(noon + 10'000, 1000);
  CHECK(rates.of(type, noon + 10'000) == doctest::Approx(100));
  at(noon + 60'000, 3000);
  CHECK(rates.of(type, noon + 60'000) == doctest::Approx(2000.0 / 15));
  CHECK(rates.of(type, noon + 80'000) == 0);
}

TEST_CASE("the rate of an ended type is that of its life") {
  auto type = sample_type("item", 1, type_state::completed, 4000, 4000);
  CHECK(rate_meter{}.of(type, noon + 100'000) == doctest::Approx(2000));
}

} // namespace live_frame_test
