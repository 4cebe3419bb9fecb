/// How the account's log of deletions can be asked: what it has and takes differs between accounts and roles.
#pragma once

#include <cstddef>
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
/// one way after the other is tried.
class log_ways {
public:
  /// `known` has worked before, and is tried first.
  explicit log_ways(log_way known) : present_(std::move(known)) {}

  [[nodiscard]] const log_way& present() const noexcept { return present_; }

  /// The account does not take the present way. True if there is another one to be tried, the present one
  /// from then on; false if the failure is about no way of asking, or no way is left.
  bool refused(const failure& what);

private:
  log_way present_;
  std::size_t next_ = 0; ///< of the ways that are tried one after the other
};

} // namespace tidemark
