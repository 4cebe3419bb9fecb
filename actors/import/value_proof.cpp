#include "actors/import/value_proof.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::uint32_t most_readings = 3;
constexpr std::uint32_t left_out_from = 2;

} // namespace

namespace {

bool both_know(const key_bucket& theirs, const key_bucket& ours, std::size_t sum) {
  return !theirs.values[sum].empty() && !ours.values[sum].empty();
}

} // namespace

void add_coverage(std::vector<sum_coverage>& to, const key_bucket& theirs, const key_bucket& ours) {
  if (theirs.values.size() != ours.values.size()) return;
  to.resize(std::max(to.size(), theirs.values.size()));
  for (std::size_t i = 0; i < theirs.values.size(); ++i)
    ++(both_know(theirs, ours, i) ? to[i].compared : to[i].unknown);
}

std::vector<std::size_t> differing_sums(const key_bucket& theirs, const key_bucket& ours) {
  std::vector<std::size_t> found;
  if (theirs.values.size() != ours.values.size()) return found;
  for (std::size_t i = 0; i < theirs.values.size(); ++i)
    if (both_know(theirs, ours, i) && theirs.values[i] != ours.values[i]) found.push_back(i);
  return found;
}

value_proof::value_proof(std::vector<value_sum> sums) : sums_(std::move(sums)), states_(sums_.size()) {}

void value_proof::add(std::vector<differing_values> found, const std::vector<sum_coverage>& coverage) {
  std::ranges::move(found, std::back_inserter(open_));
  for (std::size_t i = 0; i < std::min(coverage.size(), states_.size()); ++i) {
    states_[i].seen.compared += coverage[i].compared;
    states_[i].seen.unknown += coverage[i].unknown;
  }
}

std::vector<value_sum> value_proof::leave_out(const std::vector<std::size_t>& which) {
  std::vector<value_sum> left_out;
  for (auto i : which)
    if (i < states_.size() && !std::exchange(states_[i].is_out, true)) left_out.push_back(sums_[i]);
  return left_out;
}

std::vector<value_sum> value_proof::leave_out_all() {
  std::vector<std::size_t> all(states_.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return leave_out(all);
}

bool value_proof::is_settled(const differing_values& x) const {
  return std::ranges::all_of(x.sums, [&](auto i) { return i >= states_.size() || states_[i].is_out; });
}

std::optional<std::int64_t> value_proof::next() {
  while (!open_.empty() && is_settled(open_.front())) open_.pop_front();
  if (open_.empty()) return std::nullopt;
  return open_.front().bucket;
}

std::vector<value_sum> value_proof::compared(std::uint64_t changed,
                                             const std::vector<std::size_t>& differing) {
  std::vector<value_sum> left_out;
  if (open_.empty()) return left_out;
  changed_ += changed;
  open_.front().sums = differing;
  bool agrees = is_settled(open_.front());
  if (!agrees && ++times_read_ < most_readings) return left_out;
  if (agrees && changed_ > 0) {
    ++ranges_renewed_;
    records_renewed_ += changed_;
  }
  for (auto i : differing) {
    if (i >= states_.size() || states_[i].is_out || ++states_[i].restless < left_out_from) continue;
    states_[i].is_out = true;
    left_out.push_back(sums_[i]);
  }
  open_.pop_front();
  times_read_ = 0;
  changed_ = 0;
  return left_out;
}

std::string value_proof::restless_field() const {
  for (std::size_t i = 0; i < sums_.size(); ++i)
    if (states_[i].restless > 0 && !states_[i].is_out) return sums_[i].name;
  return {};
}

std::vector<value_sum> value_proof::standing() const {
  std::vector<value_sum> result;
  for (std::size_t i = 0; i < sums_.size(); ++i)
    if (!states_[i].is_out && states_[i].seen.compared > 0 && states_[i].seen.unknown == 0)
      result.push_back(sums_[i]);
  return result;
}

std::string describe(const value_proof& x) {
  std::string text;
  if (x.ranges_renewed() > 0)
    text = fmt::format("{} records in {} ranges held older values than the account, and are renewed",
                       x.records_renewed(), x.ranges_renewed());
  if (auto field = x.restless_field(); !field.empty())
    text += fmt::format("{}the values of {} differ in a range that was just read: they change all the time, "
                        "or are computed when they are asked for",
                        text.empty() ? "" : "; ", field);
  return text;
}

} // namespace tidemark
