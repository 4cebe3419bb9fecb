/// OAuth 2.0 client credentials: the token endpoint and the bearer tokens that it has given out.
#pragma once

#include "messages/error.hpp"
#include "tools/netsuite_sim/http_target.hpp"
#include "tools/netsuite_sim/knobs.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::netsuite_sim {

/// Checks a JWT's signature (PS256/384/512, ES256/384/512) against a PEM public key or certificate, and gives
/// its payload. The refusal says what is wrong.
outcome<std::string> verify_jwt(std::string_view jwt, const std::string& pem, std::string_view expected_kid);

struct token_reply {
  int status;
  std::string body;
};

class oauth2_server {
public:
  explicit oauth2_server(std::uint64_t seed) : chance_(seed) {}

  /// Answers a token request. `audiences` are the URLs that the endpoint goes by; `now_ms` is a clock that
  /// never jumps.
  token_reply grant(const parameter_list& form, const std::vector<std::string>& audiences, const knobs& k,
                    std::int64_t server_s, std::int64_t now_ms);
  bool is_valid(std::string_view bearer_token, std::int64_t now_ms) const;
  /// Makes every token invalid; tells how many there were.
  std::size_t revoke_all();

private:
  std::uint64_t chance_;
  /// Token to the moment at which it ends.
  std::map<std::string, std::int64_t, std::less<>> tokens_;
};

} // namespace tidemark::netsuite_sim
