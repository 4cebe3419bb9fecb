#include "actors/import/control_sample.hpp"

#include <algorithm>

namespace tidemark {

namespace {

// Of fewer controls than this each one that lacks is a large share.
constexpr std::size_t few = 20;

std::size_t may_lack(std::size_t controls) noexcept {
  return controls < few ? 0 : std::max<std::size_t>(1, controls / 50);
}

} // namespace

control_sample::control_sample(const std::vector<std::int64_t>& keys) {
  auto count = std::min(keys.size(), most_controls);
  keys_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) keys_.push_back(keys[i * keys.size() / count]);
}

bool control_sample::shown_in(std::vector<std::int64_t> present) const {
  if (keys_.empty()) return false;
  std::ranges::sort(present);
  auto shown =
      std::ranges::count_if(keys_, [&](auto key) { return std::ranges::binary_search(present, key); });
  return keys_.size() - static_cast<std::size_t>(shown) <= may_lack(keys_.size());
}

} // namespace tidemark
