/// What to tell people about a login that NetSuite refuses.
#pragma once

#include <string>
#include <string_view>

#include "messages/words.hpp"

namespace tidemark {

/// The beginning of whatever is said of a refused login; imports are told apart by it.
inline constexpr std::string_view login_failed = "authentication failed: ";

/// The message without that beginning, for one that says so itself.
std::string_view without_login_failed(std::string_view message) noexcept;

/// The likely causes, the likeliest first, as an end of a sentence: "likely causes, in this order: this
/// machine's clock, which is 12 min behind NetSuite's; the account id ...". `server_date` is the Date of the
/// answer that refused, zero if it had none, and `local` this machine's time then.
std::string likely_login_causes(unix_ms server_date, unix_ms local);

} // namespace tidemark
