/// Where a tenant's account is reached. Internal to the part.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace tidemark {

struct base_url {
  /// Scheme and host in lower case, without a slash at the end.
  std::string text;
  bool https = false;
  /// The host is this machine: localhost, 127.0.0.0/8 or [::1].
  bool loopback = false;
};

/// Reads "https://host[:port][/path]". Anything else is refused with the end of a sentence that begins with
/// the URL's name: user info and queries would end up in logs, and a fragment means nothing here.
std::expected<base_url, std::string> parse_base_url(std::string_view text);

} // namespace tidemark
