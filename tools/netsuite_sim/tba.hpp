/// Token-based authentication (OAuth 1.0a) as the service checks it: signature, realm, clock, nonce, and the
/// lock after too many failures.
#pragma once

#include "tools/netsuite_sim/http_target.hpp"
#include "tools/netsuite_sim/knobs.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark::netsuite_sim {

/// Base64 of the HMAC-SHA256 over the OAuth 1.0a base string. `parameters` holds the query's and the oauth_*
/// ones, decoded.
std::string tba_signature(std::string_view method, std::string_view url_without_query,
                          const parameter_list& parameters, std::string_view consumer_secret,
                          std::string_view token_secret);

/// The members of an `Authorization: OAuth ...` header, decoded.
std::map<std::string, std::string> parse_oauth_header(std::string_view header);

struct tba_request {
  std::string method;
  /// The URLs that the client may have signed, without query.
  std::vector<std::string> urls;
  parameter_list query;
  std::string authorization;
};

class tba_verifier {
public:
  /// Empty if the request is good, else the reason as the Login Audit Trail would name it. `server_s` is the
  /// server's clock, `now_ms` a clock that never jumps.
  std::string verify(const tba_request& request, const knobs& k, std::int64_t server_s, std::int64_t now_ms);

  /// Forgets failures and a lock.
  void unlock() { failures_ = 0, locked_until_ms_ = 0; }

private:
  std::string check(const tba_request& request, const knobs& k, std::int64_t server_s);

  std::set<std::pair<std::int64_t, std::string>> seen_;
  std::int64_t failures_ = 0;
  std::int64_t locked_until_ms_ = 0;
};

} // namespace tidemark::netsuite_sim
