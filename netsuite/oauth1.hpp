/// Token-based authentication: OAuth 1.0a with HMAC-SHA256.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/node_config.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Signs single requests. A signature is good for one attempt: NetSuite refuses a nonce that it has seen.
class oauth1_signer {
public:
  /// `account` in any form: 1234567-sb1 and 1234567_SB1 give the same realm.
  oauth1_signer(std::string_view account, tba_auth keys);

  /// The text that is signed: method, URL without query, and all parameters in the order of their encoding.
  [[nodiscard]] std::string base_string(std::string_view method, std::string_view url, std::int64_t timestamp,
                                        std::string_view nonce) const;

  /// The base64 signature alone.
  [[nodiscard]] std::string sign(std::string_view method, std::string_view url, std::int64_t timestamp,
                                 std::string_view nonce) const;

  /// The value of the Authorization field for one attempt at `now` (already in the server's time), with a
  /// random nonce.
  [[nodiscard]] std::string authorize(std::string_view method, std::string_view url, unix_ms now) const;

  [[nodiscard]] const std::string& realm() const noexcept { return realm_; }

private:
  std::string realm_;
  tba_auth keys_;
};

} // namespace tidemark
