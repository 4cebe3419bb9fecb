/// A private key that signs JSON web tokens.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/node_config.hpp"
#include "messages/error.hpp"

namespace tidemark {

/// Immutable and cheap to copy; signing is thread-safe.
class signing_key {
public:
  /// Reads a PEM private key (PKCS#8, PKCS#1 or SEC1, not encrypted). PS256, PS384 and PS512 take an RSA key
  /// of 2048 bits or more, ES256, ES384 and ES512 a key on P-256, P-384 or P-521; anything else is
  /// `ec::bad_config` with the remedy. No text of the key ever enters a message.
  static outcome<signing_key> load(const secret& pem, signing_algorithm algorithm);

  /// The signature of `text` as a JSON web token carries it: raw bytes, of an elliptic curve r||s, each
  /// as long as the curve (RFC 7518, 3.4).
  [[nodiscard]] outcome<std::string> sign(std::string_view text) const;

  [[nodiscard]] signing_algorithm algorithm() const noexcept { return algorithm_; }

private:
  struct pkey;
  signing_key(std::shared_ptr<const pkey> key, signing_algorithm algorithm);

  std::shared_ptr<const pkey> key_;
  signing_algorithm algorithm_;
};

} // namespace tidemark
