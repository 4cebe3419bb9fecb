#include "actors/import/range_sample.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr double doubt = 0.05;

/// FNV-1a, which does not change from one build to the next.
std::uint64_t number_of(std::string_view seed) noexcept {
  std::uint64_t hash = 14695981039346656037U;
  for (auto c : seed) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

/// How likely it is that so many or fewer are found where this share of all has a fault.
double at_most(std::uint64_t found, std::uint64_t sampled, double share) noexcept {
  double term = std::pow(1 - share, static_cast<double>(sampled));
  double sum = term;
  for (std::uint64_t i = 1; i <= found; ++i) {
    term *= static_cast<double>(sampled - i + 1) / static_cast<double>(i) * share / (1 - share);
    sum += term;
  }
  return sum;
}

} // namespace

range_sample::range_sample(std::size_t size, std::string_view seed) : size_(size), random_(number_of(seed)) {}

void range_sample::add(std::int64_t bucket) {
  ++told_;
  if (chosen_.size() < size_) return chosen_.push_back(bucket);
  if (size_ == 0) return;
  auto place = std::uniform_int_distribution<std::uint64_t>{0, told_ - 1}(random_);
  if (place < size_) chosen_[static_cast<std::size_t>(place)] = bucket;
}

std::vector<std::int64_t> range_sample::chosen() const {
  auto result = chosen_;
  std::ranges::sort(result);
  return result;
}

std::string describe(const sample_result& x) {
  auto found = x.stale_records == 0 ? std::string{"all as in the account"}
                                    : fmt::format("{} in {} ranges held other values, and are renewed",
                                                  x.stale_records, x.stale_ranges);
  if (x.sampled >= x.ranges)
    return fmt::format("all {} records compared value by value: {}", x.records, found);
  auto such = x.stale_records == 0 ? "hold records that are not" : "hold such records";
  auto remedy = x.says_of_others() ? "; an import in full renews them all" : "";
  return fmt::format("{} of {} ranges, {} records, compared value by value: {}; with 95 % confidence at most "
                     "{:.2g} % of all ranges {}{}",
                     x.sampled, x.ranges, x.records, found, 100 * most_with_fault(x.sampled, x.stale_ranges),
                     such, remedy);
}

double most_with_fault(std::uint64_t sampled, std::uint64_t found) noexcept {
  if (sampled == 0 || found >= sampled) return 1;
  double low = 0;
  double high = 1;
  for (int halvings = 0; halvings < 50; ++halvings) {
    auto middle = (low + high) / 2;
    (at_most(found, sampled, middle) > doubt ? low : high) = middle;
  }
  return high;
}

} // namespace tidemark
