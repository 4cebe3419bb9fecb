/// Fresh keys for the tests, and the check of what they signed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/secret.hpp"

namespace tidemark::test {

class key_pair {
public:
  static key_pair rsa(unsigned bits);
  static key_pair elliptic(const char* curve);

  /// The private key in PEM form, encrypted if there is a passphrase.
  [[nodiscard]] secret pem(std::string_view passphrase = {}) const;

  /// RSA-PSS with SHA-`bits` and a salt as long as the digest.
  [[nodiscard]] bool verify_ps(int bits, std::string_view text, std::string_view signature) const;

  /// ECDSA with SHA-`bits`; the signature is r||s.
  [[nodiscard]] bool verify_es(int bits, std::string_view text, std::string_view signature) const;

private:
  explicit key_pair(void* key);
  std::shared_ptr<void> key_;
};

/// The reverse of `base64url`.
std::string base64url_decode(std::string_view text);

} // namespace tidemark::test
