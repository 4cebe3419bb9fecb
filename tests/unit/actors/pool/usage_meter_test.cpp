#include "actors/pool/usage_meter.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>
namespace usage_meter_test {

using namespace tidemark;
using namespace std::chrono_literals;

constexpr usage_meter::time_point begin{1h};

TEST_CASE("a share is busy slot time over allowed slot time") {
  usage_meter it{begin};
  it.set(5, 5, begin);
  it.set(0, 5, begin + 15s);
  CHECK(it.share(1min, begin + 60s) == doctest::Approx(0.25));
}

TEST_CASE("before a window is full, what there is counts") {
  usage_meter it{begin};
  CHECK(it.share(15min, begin) == 0);
  it.set(2, 4, begin);
  CHECK(it.share(15min, begin + 3s) == doctest::Approx(0.5));
}

TEST_CASE("what lies before the window no longer counts") {
  usage_meter it{begin};
  it.set(4, 4, begin);
  it.set(0, 4, begin + 60s);
  CHECK(it.share(1min, begin + 120s) == doctest::Approx(0).epsilon(0.02));
  CHECK(it.share(5min, begin + 120s) == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("slots that were not there count for nothing") {
  usage_meter it{begin};
  it.set(1, 1, begin);
  it.set(3, 3, begin + 10s);
  CHECK(it.share(1min, begin + 20s) == doctest::Approx(1));
}

TEST_CASE("a long silence is integrated like any other time") {
  usage_meter it{begin};
  it.set(3, 4, begin);
  CHECK(it.share(15min, begin + 100h) == doctest::Approx(0.75));
  it.set(0, 4, begin + 100h);
  CHECK(it.share(1min, begin + 200h) == doctest::Approx(0));
}

TEST_CASE("any history gives the share that adding it up by hand gives") {
  std::mt19937 random{5};
  for (int history = 0; history < 200; ++history) {
    usage_meter it{begin};
    struct change {
      double at;
      std::uint32_t busy;
      std::uint32_t slots;
    };
    std::vector<change> changes{{0, 0, 0}};
    auto now = begin;
    for (int i = 0; i < 300; ++i) {
      now += std::chrono::milliseconds{random() % 3000};
      auto slots = static_cast<std::uint32_t>(1 + random() % 20);
      auto busy = static_cast<std::uint32_t>(random() % (slots + 1));
      it.set(busy, slots, now);
      changes.push_back({std::chrono::duration<double>(now - begin).count(), busy, slots});
    }
    auto end = std::chrono::duration<double>(now - begin).count();
    for (auto window : {60.0, 300.0}) {
      // The meter's window begins with a full second.
      auto from = std::max(0.0, std::floor(end) - window);
      double busy = 0;
      double slots = 0;
      for (std::size_t i = 0; i < changes.size(); ++i) {
        auto until = i + 1 < changes.size() ? changes[i + 1].at : end;
        auto length = std::max(0.0, until - std::max(from, changes[i].at));
        busy += length * changes[i].busy;
        slots += length * changes[i].slots;
      }
      auto share = it.share(std::chrono::seconds{static_cast<int>(window)}, now);
      CHECK(share == doctest::Approx(slots > 0 ? busy / slots : 0).epsilon(0.001));
    }
  }
}

} // namespace usage_meter_test
