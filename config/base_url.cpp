#include "config/base_url.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

#include "messages/ascii.hpp"

namespace tidemark {

namespace {

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_number_up_to(std::string_view text, std::uint32_t greatest) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value <= greatest;
}

bool is_ipv4(std::string_view host) {
  for (int part = 0; part < 4; ++part) {
    const auto dot = part < 3 ? host.find('.') : host.size();
    if (dot == std::string_view::npos || !is_number_up_to(host.substr(0, dot), 255)) return false;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return true;
}

bool is_host(std::string_view host) {
  if (host.starts_with('['))
    return host.size() > 4 && host.ends_with(']')
           && std::ranges::all_of(host.substr(1, host.size() - 2),
                                  [](unsigned char c) { return std::isxdigit(c) || c == ':' || c == '.'; });
  return !host.empty() && is_alnum(host.front())
         && std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_path(std::string_view path) {
  return std::ranges::all_of(path,
                             [](char c) { return is_alnum(c) || std::string_view{"/-._~%"}.contains(c); });
}

} // namespace

std::expected<base_url, std::string> parse_base_url(std::string_view text) {
  base_url result;
  const auto scheme_end = text.find("://");
  const auto scheme = lower_case(text.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  if (scheme != "https" && scheme != "http") return std::unexpected("must begin with https://");
  result.https = scheme == "https";
  text.remove_prefix(scheme_end + 3);

  const auto authority = text.substr(0, text.find_first_of("/?#"));
  auto path = text.substr(authority.size());
  if (authority.contains('@'))
    return std::unexpected("must not hold a user or password; credentials belong in [tenants.auth]");
  const auto colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
  const auto host = lower_case(authority.substr(0, colon));
  auto tail = authority.substr(host.size());
  if (!is_host(host))
    return std::unexpected("has no usable host name; write https://host or https://host:port");
  if (colon != std::string_view::npos) {
    const auto port = authority.substr(colon + 1);
    if (port == "0" || !is_number_up_to(port, 65535))
      return std::unexpected("has a port that is not 1 to 65535");
    // It stands neither in the Host field nor in what a signature is made over (RFC 5849, section 3.4.1.2).
    if (port == (result.https ? "443" : "80")) tail = {};
  }
  if (!is_path(path))
    return std::unexpected("must be a scheme, a host and at most a port and a path; remove the rest");
  while (path.ends_with('/')) path.remove_suffix(1);
  // A gateway may put a path in front of NetSuite's, but not one of NetSuite's own.
  for (std::string_view own : {"/services/", "/app/"})
    if ((lower_case(path) + "/").contains(own))
      return std::unexpected("ends with a path of NetSuite's services, which is added to it; write only "
                             "https://ACCOUNT.suitetalk.api.netsuite.com");

  result.loopback = host == "localhost" || host == "[::1]" || (host.starts_with("127.") && is_ipv4(host));
  result.text = scheme + "://" + host;
  result.text += tail;
  result.text += path;
  return result;
}

} // namespace tidemark
