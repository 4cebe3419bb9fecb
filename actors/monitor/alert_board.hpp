/// Pure core: which alerts are up. Turns measured values into raised and cleared, with hysteresis.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/monitor/alert_rule.hpp"

namespace tidemark {

/// Now, on both clocks: holding times go by the steady one.
struct moment {
  std::chrono::steady_clock::time_point steady;
  unix_ms wall = 0;
};

struct alert_change {
  bool raised = false; ///< or cleared
  alert what;
};

/// A value raises its alert when it has been at or beyond `raise_at` for `raise_after` without a break, and
/// clears it when it has been at or better than `clear_at` for `clear_after`. In between, everything stays as
/// it is.
class alert_board {
public:
  explicit alert_board(const std::vector<alert_rule>& rules);

  /// A value of a rule, as of `now`; `text` says what is wrong if it is, and `remedy` what helps against
  /// that, where the rule's own remedy is too wide. Unknown rules and those that are switched off are
  /// ignored.
  void measure(std::string_view id, const alert_subject& about, double value, std::string text, moment now,
               std::string remedy = {});

  /// Raises an alert that others have decided on, at once; one that is up under the same `key` takes its
  /// subject and text over. A rule of its id, if there is one, gives level and (unless it brings its own)
  /// remedy.
  void raise(alert what, const alert_subject& key, moment now);

  /// Clears whatever is up of this id and subject (or the key it was raised with), and forgets what was on
  /// its way.
  void clear(std::string_view id, const alert_subject& about, moment now);

  /// The same for all whose subject (or key) is concerned.
  void clear_all(const std::function<bool(const alert_subject&)>& concerned, moment now);

  /// What has changed since the last call, in order.
  std::vector<alert_change> take_changes() { return std::exchange(changes_, {}); }

  /// Worst first, then oldest first.
  std::vector<alert> up() const;
  /// Cleared ones, last first; a hundred of them.
  const std::deque<alert>& cleared() const noexcept { return cleared_; }
  bool is_up(std::string_view id, const alert_subject& about) const;

private:
  struct place {
    std::optional<alert> up;
    std::optional<std::chrono::steady_clock::time_point> turned; ///< since when it is on its way to change
  };
  using address = std::pair<std::string, alert_subject>;

  void put_up(place& at, alert what, moment now);
  void take_down(place& at, moment now);

  std::map<std::string, alert_rule, std::less<>> rules_;
  std::map<address, place> places_;
  std::deque<alert> cleared_;
  std::vector<alert_change> changes_;
};

} // namespace tidemark
