#include "store/pick_up_rules.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace tidemark {

namespace {

/// Why the parts do not make up the whole, or an empty text if they do.
std::string trouble_with_parts(const batch_row& whole, const std::vector<batch_row>& parts) {
  if (parts.size() < 2) return "a split needs at least two parts";
  auto after = whole.range.after;
  std::uint64_t weight = 0;
  for (const auto& part : parts) {
    if (part.range.after != after || (after && part.range.up_to <= *after)) return "its parts leave a gap";
    after = part.range.up_to;
    weight += part.weight;
  }
  if (after != whole.range.up_to) return "its parts do not end where it ends";
  if (weight != whole.weight) return "its parts do not weigh what it weighs";
  return {};
}

std::string trouble(const batch_row& before, const pick_up_end& end) {
  using enum batch_state;
  const auto& was = before.counters;
  const auto& is = end.batch.counters;
  auto failed_attempts = is.failed_attempts - was.failed_attempts;
  auto splits = is.split - was.split;
  auto releases = is.released - was.released;
  auto interruptions = is.interrupted - was.interrupted;
  // Unsigned differences: a counter that shrank is far from one.
  if (std::uint64_t{failed_attempts} + splits + releases + interruptions != 1)
    return "not exactly one way of ending was counted";
  if (is.completed != was.completed) return "it counts as completed";
  if (is.refusals < was.refusals) return "its refusals have shrunk";

  auto state = end.batch.state;
  auto fits = failed_attempts == 1 ? state == pending || state == failed
              : splits == 1        ? state == batch_state::split
              : releases == 1      ? state == pending
                                   : state == pending || state == cancelled;
  if (!fits) return fmt::format("its state {} does not follow from its counters", to_string(state));
  if (failed_attempts == 1 && !end.attempt) return "a failed attempt was counted but not described";
  if (splits == 1) return trouble_with_parts(before, end.children);
  if (!end.children.empty()) return "it has parts but is not split";
  return {};
}

} // namespace

bool adds_up(const batch_row& batch) noexcept {
  const auto& n = batch.counters;
  auto running = batch.state == batch_state::running ? 1U : 0U;
  return n.picked_up == n.completed + n.failed_attempts + n.split + n.released + n.interrupted + running;
}

outcome<void> check_end(const batch_row& running, const pick_up_end& end) {
  auto what = trouble(running, end);
  if (what.empty()) return {};
  return fail(ec::internal, fmt::format("pick-up {} of batch {} cannot end this way: {}",
                                        running.counters.picked_up, running.number, what));
}

} // namespace tidemark
