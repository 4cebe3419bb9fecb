#include "netsuite/login_refusal.hpp"

#include <cstdlib>

#include <fmt/format.h>

namespace tidemark {

namespace {

// NetSuite takes signatures that are five minutes off; less than one is no difference between two clocks.
constexpr unix_ms same_time = 60'000;

std::string about_clock(unix_ms server_date, unix_ms local) {
  if (server_date <= 0) return "this machine's clock, which could not be compared, as the answer has no Date";
  const auto off = server_date - local;
  if (std::abs(off) < same_time) return {};
  return fmt::format("this machine's clock, which is {} min {} NetSuite's (requests are signed by NetSuite's "
                     "time meanwhile)",
                     std::abs(off) / 60'000, off > 0 ? "behind" : "ahead of");
}

} // namespace

std::string_view without_login_failed(std::string_view message) noexcept {
  while (message.starts_with(login_failed)) message.remove_prefix(login_failed.size());
  return message;
}

std::string likely_login_causes(unix_ms server_date, unix_ms local) {
  const auto clock = about_clock(server_date, local);
  return fmt::format(
      "likely causes, in this order: {}the account id in the configuration; a key, token or "
      "certificate that is mistyped, revoked or of another account; a role that may not log in "
      "this way{}",
      clock.empty() ? "" : clock + "; ", clock.empty() ? " (this machine's clock is right)" : "");
}

} // namespace tidemark
