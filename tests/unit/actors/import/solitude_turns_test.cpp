#include "actors/import/solitude_turns.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include <doctest/doctest.h>
namespace solitude_turns_test {

using namespace tidemark;

using order = solitude_turns::order;
using orders = solitude_turns::orders;
using enum solitude_order::step;

orders in_order(orders given) {
  std::ranges::sort(given, {}, &order::wave);
  return given;
}

/// Waves that do what waves do, and messages to and from them that take their time.
class history {
public:
  explicit history(std::uint64_t seed) : random_(seed) {}

  void step() {
    auto wave = static_cast<std::uint32_t>(pick(4));
    switch (pick(9)) {
    case 0: join(wave); break;
    case 1:
    case 2: hear(wave); break;
    case 3:
    case 4: tell(wave); break;
    case 5: begin(wave); break;
    case 6: end(wave); break;
    case 7:
      if (pick(3) == 0) want(wave);
      break;
    default:
      if (pick(12) == 0) die(wave);
    }
    check();
  }

  /// Lets everything that is on its way arrive and everything that runs end. True if nobody waits then.
  bool settle() {
    for (int i = 0; i < 1000; ++i) {
      bool idle = true;
      for (std::uint32_t wave = 0; wave < 4; ++wave) {
        if (!waves_.contains(wave)) continue;
        auto& w = waves_[wave];
        idle = idle && w.inbox.empty() && w.outbox.empty() && w.running == 0 && !w.alone && w.lonely == 0;
        end(wave);
        tell(wave);
        hear(wave);
        check();
      }
      if (idle) break;
    }
    return std::ranges::all_of(waves_, [](auto& entry) {
      auto& w = entry.second;
      return !w.held && !w.wanted && w.lonely == 0 && w.inbox.empty() && w.outbox.empty();
    });
  }

  int served = 0;

private:
  struct one_wave {
    std::deque<solitude_order::step> inbox;
    std::deque<solitude::step> outbox;
    int running = 0;
    int lonely = 0; ///< batches that want to be alone
    bool wanted = false;
    bool held = false;
    bool owes_quiet = false;
    bool alone = false;
  };

  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  void pass_on(const orders& given) {
    for (auto& each : given)
      if (auto to = waves_.find(each.wave); to != waves_.end()) to->second.inbox.push_back(each.what);
  }

  void join(std::uint32_t index) {
    if (!waves_.try_emplace(index).second) return;
    pass_on(turns_.joined(index));
    // It gets its record types after that, so it hears a hold before it can begin anything.
    while (!waves_[index].inbox.empty()) hear(index);
  }

  void die(std::uint32_t index) {
    if (waves_.erase(index) != 0) pass_on(turns_.gone(index));
  }

  /// The import gets the next message of the wave.
  void tell(std::uint32_t index) {
    auto found = waves_.find(index);
    if (found == waves_.end() || found->second.outbox.empty()) return;
    auto what = found->second.outbox.front();
    found->second.outbox.pop_front();
    pass_on(turns_.told({index, what}));
  }

  /// The wave gets the next order.
  void hear(std::uint32_t index) {
    auto found = waves_.find(index);
    if (found == waves_.end() || found->second.inbox.empty()) return;
    auto& w = found->second;
    auto what = w.inbox.front();
    w.inbox.pop_front();
    switch (what) {
    case hold:
      w.held = true;
      w.owes_quiet = true;
      if (w.running == 0) be_quiet(w);
      break;
    case alone:
      w.wanted = false;
      if (w.lonely == 0) {
        w.outbox.push_back(solitude::step::over);
        break;
      }
      --w.lonely;
      w.alone = true;
      ++served;
      break;
    case resume:
      w.held = false;
      if (w.owes_quiet) be_quiet(w);
      break;
    }
    seek(w);
  }

  static void be_quiet(one_wave& w) {
    w.owes_quiet = false;
    w.outbox.push_back(solitude::step::quiet);
  }

  static void seek(one_wave& w) {
    if (w.wanted || w.lonely == 0) return;
    w.wanted = true;
    w.outbox.push_back(solitude::step::wanted);
  }

  void begin(std::uint32_t index) {
    auto found = waves_.find(index);
    if (found != waves_.end() && !found->second.held) ++found->second.running;
  }

  void end(std::uint32_t index) {
    auto found = waves_.find(index);
    if (found == waves_.end()) return;
    auto& w = found->second;
    if (w.alone) {
      w.alone = false;
      w.outbox.push_back(solitude::step::over);
      seek(w);
    } else if (w.running > 0) {
      --w.running;
      if (w.running == 0 && w.owes_quiet) be_quiet(w);
    }
  }

  void want(std::uint32_t index) {
    auto found = waves_.find(index);
    if (found == waves_.end()) return;
    ++found->second.lonely;
    seek(found->second);
  }

  void check() const {
    int alone_now = 0;
    int running = 0;
    for (auto& [index, w] : waves_) {
      alone_now += w.alone ? 1 : 0;
      running += w.running;
    }
    bool is_alone = alone_now == 0 || (alone_now == 1 && running == 0);
    if (!is_alone) REQUIRE(is_alone);
  }

  std::mt19937_64 random_;
  solitude_turns turns_;
  std::map<std::uint32_t, one_wave> waves_;
};

TEST_CASE("a batch has its turn when every wave is quiet, and then all go on") {
  solitude_turns turns;
  CHECK(turns.joined(0).empty());
  CHECK(turns.joined(1).empty());
  CHECK(in_order(turns.told({0, solitude::step::wanted})) == orders{{0, hold}, {1, hold}});
  CHECK(turns.told({1, solitude::step::quiet}).empty());
  CHECK(turns.told({0, solitude::step::quiet}) == orders{{0, alone}});
  CHECK(in_order(turns.told({0, solitude::step::over})) == orders{{0, resume}, {1, resume}});
}

TEST_CASE("two waves that want to be alone have their turns one after the other, in the order of asking") {
  solitude_turns turns;
  turns.joined(0);
  turns.joined(1);
  turns.told({1, solitude::step::wanted});
  CHECK(turns.told({0, solitude::step::wanted}).empty());
  turns.told({0, solitude::step::quiet});
  CHECK(turns.told({1, solitude::step::quiet}) == orders{{1, alone}});
  CHECK(turns.told({1, solitude::step::over}) == orders{{0, alone}});
  CHECK(in_order(turns.told({0, solitude::step::over})) == orders{{0, resume}, {1, resume}});
}

TEST_CASE("a wave that comes in the middle of a turn is told to hold and goes on with the others") {
  solitude_turns turns;
  turns.joined(0);
  turns.told({0, solitude::step::wanted});
  turns.told({0, solitude::step::quiet});
  CHECK(turns.joined(1) == orders{{1, hold}});
  CHECK(in_order(turns.told({0, solitude::step::over})) == orders{{0, resume}, {1, resume}});
}

TEST_CASE("a wave that goes holds nobody up") {
  solitude_turns turns;
  turns.joined(0);
  turns.joined(1);
  turns.joined(2);
  turns.told({0, solitude::step::wanted});
  turns.told({1, solitude::step::wanted});
  turns.told({0, solitude::step::quiet});
  turns.told({1, solitude::step::quiet});
  CHECK(turns.gone(2) == orders{{0, alone}});
  CHECK(turns.gone(0) == orders{{1, alone}});
  CHECK(turns.gone(1).empty());
}

TEST_CASE("a late word of an earlier hold is not taken for an answer to the present one") {
  solitude_turns turns;
  turns.joined(0);
  turns.told({0, solitude::step::wanted});
  turns.told({0, solitude::step::quiet});
  turns.joined(1); // is told to hold
  turns.told({0, solitude::step::over});
  turns.told({0, solitude::step::wanted});
  turns.told({0, solitude::step::quiet});
  CHECK(turns.told({1, solitude::step::quiet}).empty()); // of the first hold; it may have gone on since
  CHECK(turns.told({1, solitude::step::quiet}) == orders{{0, alone}});
}

TEST_CASE("in random histories a batch whose turn it is runs alone, and every turn comes") {
  int served = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    history waves{seed};
    for (int i = 0; i < 120; ++i) waves.step();
    bool settled = waves.settle();
    if (!settled) {
      CAPTURE(seed);
      REQUIRE(settled);
    }
    served += waves.served;
  }
  CHECK(served > 20'000);
}

} // namespace solitude_turns_test
