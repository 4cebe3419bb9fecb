#include "screen_model.hpp"
#include "tools/tidemark/live_screen.hpp"

#include <doctest/doctest.h>

#include <random>
namespace live_screen_test {

using namespace tidemark::cli;

std::vector<line> frame_of(const std::vector<std::string>& lines) {
  std::vector<line> result;
  for (auto& x : lines) result.push_back({{x, tone::active}});
  return result;
}

TEST_CASE("a frame takes the place of the one before and leaves what stands above") {
  screen_model screen{40, 6};
  screen.feed("$ tidemark import watch\n");
  live_screen live{true};
  screen.feed(live.draw(frame_of({"one", "two longer", "three"}), 40));
  screen.feed(live.draw(frame_of({"1", "2"}), 40));
  CHECK(screen.lines() == std::vector<std::string>{"$ tidemark import watch", "1", "2"});
}

TEST_CASE("frames that come and go leave no trace, scrolling or not") {
  std::mt19937 random{4711};
  auto number = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>{0, most}(random); };
  for (int round = 0; round < 50; ++round) {
    auto rows = 2 + number(10);
    auto columns = 5 + number(40);
    screen_model screen{columns, rows};
    std::vector<std::string> expected;
    for (auto above = number(12); above > 0; --above) expected.push_back("above");
    for (auto& x : expected) screen.feed(x + "\n");
    live_screen live{false};
    std::vector<std::string> frame;
    for (int draws = 0; draws < 20; ++draws) {
      frame.assign(1 + number(rows - 2), "");
      for (auto& x : frame) x = std::string(1 + number(columns - 2), 'x');
      screen.feed(live.draw(frame_of(frame), columns));
    }
    expected.insert(expected.end(), frame.begin(), frame.end());
    CHECK(screen.lines() == expected);
  }
}

TEST_CASE("a terminal that became narrower shows one frame, not two") {
  screen_model screen{40, 20};
  screen.feed("above\n");
  live_screen live{false};
  screen.feed(live.draw(frame_of({std::string(35, 'a'), std::string(12, 'b')}), 40));
  screen.resize(15);
  screen.feed(live.draw(frame_of({"short", "frame"}), 15));
  CHECK(screen.lines() == std::vector<std::string>{"above", "short", "frame"});
}

TEST_CASE("after somebody else has written, a frame begins anew") {
  screen_model screen{40, 20};
  live_screen live{false};
  screen.feed(live.draw(frame_of({"frame"}), 40));
  screen.feed("$ fg\n");
  live.begin_anew();
  screen.feed(live.draw(frame_of({"frame"}), 40));
  CHECK(screen.lines() == std::vector<std::string>{"frame", "$ fg", "frame"});
}

} // namespace live_screen_test
