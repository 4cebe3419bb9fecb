/// How the account's log of deletions can be asked: what it has and takes differs between accounts and roles.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "messages/error.hpp"

namespace tidemark {

/// One way of asking. The first one, which asks for everything, is the default.
struct log_way {
  bool by_clock = false;                         ///< bound by a TO_TIMESTAMP, else by a TO_DATE
  std::set<std::string, std::less<>> left_out{}; ///< of recordtypeid, type, scriptid, deleteddate

  [[nodiscard]] bool has(std::string_view column) const { return !left_out.contains(column); }
  friend bool operator==(const log_way&, const log_way&) = default;
};

/// For the ledger and for people: "by day", "by clock without type, scriptid".
std::string to_text(const log_way& way);

/// The reverse; the default for what it does not know.
log_way log_way_of(std::string_view text);

/// Finds a way that the account takes: a column that it says to lack is left out; where it names nothing,
/// one way after the other is tried. A stray refusal tells nothing of the account, so a way other than the
/// usual one is only settled on once the usual one has been refused beside it.
class log_ways {
public:
  /// `known` has worked before. `usual_first`: whether the account takes the usual way by now is tried first.
  log_ways(log_way known, bool usual_first);

  [[nodiscard]] const log_way& present() const noexcept { return present_; }

  /// The account does not take the present way. True if there is another one to be tried, the present one
  /// from then on; false if the failure is about no way of asking, or no way is left.
  bool refused(const failure& what);

  /// The account has taken the present way. True if the usual one, the present one from then on, is to be
  /// tried once more before it is gone on with.
  bool taken();

  /// Whether the usual way was tried.
  [[nodiscard]] bool tried_usual() const noexcept { return tried_usual_; }

private:
  log_way present_;
  std::optional<log_way> other_ = {}; ///< while the usual one is tried beside it: one that works
  bool tried_usual_ = false;
  bool settled_ = true;  ///< what is present was known, or is confirmed
  std::size_t next_ = 0; ///< of the ways that are tried one after the other
};

} // namespace tidemark
