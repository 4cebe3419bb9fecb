#include "actors/import/solitude_turns.hpp"

#include <algorithm>

namespace tidemark {

using step = solitude_order::step;

solitude_turns::order solitude_turns::hold(std::uint32_t wave) {
  ++unanswered_[wave];
  return {wave, step::hold};
}

solitude_turns::orders solitude_turns::joined(std::uint32_t wave) {
  waves_.insert(wave);
  if (!turn_) return {};
  return {hold(wave)};
}

solitude_turns::orders solitude_turns::told(const solitude& word) {
  switch (word.what) {
  case solitude::step::wanted: return wanted(word.wave);
  case solitude::step::over: return over(word.wave);
  case solitude::step::quiet: break;
  }
  auto found = unanswered_.find(word.wave);
  if (found != unanswered_.end() && --found->second == 0) unanswered_.erase(found);
  return begin_if_quiet();
}

solitude_turns::orders solitude_turns::wanted(std::uint32_t wave) {
  if (!waves_.contains(wave)) return {};
  if (turn_) {
    waiting_.push_back(wave);
    return {};
  }
  turn_ = wave;
  orders result;
  for (auto each : waves_) result.push_back(hold(each));
  return result;
}

solitude_turns::orders solitude_turns::begin_if_quiet() {
  if (!turn_ || begun_ || !unanswered_.empty()) return {};
  begun_ = true;
  return {{*turn_, step::alone}};
}

solitude_turns::orders solitude_turns::over(std::uint32_t wave) {
  if (turn_ != wave || !begun_) return {};
  begun_ = false;
  turn_.reset();
  if (!waiting_.empty()) {
    turn_ = waiting_.front();
    waiting_.pop_front();
    return begin_if_quiet();
  }
  orders result;
  for (auto each : waves_) result.push_back({each, step::resume});
  return result;
}

solitude_turns::orders solitude_turns::gone(std::uint32_t wave) {
  waves_.erase(wave);
  unanswered_.erase(wave);
  std::erase(waiting_, wave);
  if (turn_ != wave) return begin_if_quiet();
  begun_ = true;
  return over(wave);
}

} // namespace tidemark
