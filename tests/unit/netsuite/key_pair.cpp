#include "key_pair.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace tidemark::test {

namespace {

const EVP_MD* digest_of(int bits) {
  return bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512();
}

bool verify(EVP_PKEY* key, bool pss, const EVP_MD* hash, std::string_view text, std::string_view signature) {
  auto* digest = EVP_MD_CTX_new();
  EVP_PKEY_CTX* context = nullptr;
  bool ok = EVP_DigestVerifyInit(digest, &context, hash, nullptr, key) == 1;
  if (ok && pss)
    ok = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
         && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
  ok = ok
       && EVP_DigestVerify(digest, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                           reinterpret_cast<const unsigned char*>(text.data()), text.size())
              == 1;
  EVP_MD_CTX_free(digest);
  return ok;
}

} // namespace

key_pair::key_pair(void* key) : key_(key, [](void* x) { EVP_PKEY_free(static_cast<EVP_PKEY*>(x)); }) {
  if (key == nullptr) throw std::runtime_error{"no key could be made"};
}

key_pair key_pair::rsa(unsigned bits) { return key_pair{EVP_RSA_gen(bits)}; }

key_pair key_pair::elliptic(const char* curve) { return key_pair{EVP_EC_gen(curve)}; }

secret key_pair::pem(std::string_view passphrase) const {
  auto* bio = BIO_new(BIO_s_mem());
  std::string password{passphrase};
  const auto* cipher = passphrase.empty() ? nullptr : EVP_aes_256_cbc();
  PEM_write_bio_PKCS8PrivateKey(bio, static_cast<EVP_PKEY*>(key_.get()), cipher,
                                passphrase.empty() ? nullptr : password.data(),
                                static_cast<int>(password.size()), nullptr, nullptr);
  char* data = nullptr;
  const auto length = BIO_get_mem_data(bio, &data);
  secret out{std::string{data, static_cast<std::size_t>(length)}};
  BIO_free(bio);
  return out;
}

bool key_pair::verify_ps(int bits, std::string_view text, std::string_view signature) const {
  return verify(static_cast<EVP_PKEY*>(key_.get()), true, digest_of(bits), text, signature);
}

bool key_pair::verify_es(int bits, std::string_view text, std::string_view signature) const {
  const auto part = static_cast<int>(signature.size() / 2);
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  auto* parts = ECDSA_SIG_new();
  ECDSA_SIG_set0(parts, BN_bin2bn(bytes, part, nullptr), BN_bin2bn(bytes + part, part, nullptr));
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(parts, &der);
  ECDSA_SIG_free(parts);
  const std::string encoded{reinterpret_cast<char*>(der), static_cast<std::size_t>(std::max(length, 0))};
  OPENSSL_free(der);
  return verify(static_cast<EVP_PKEY*>(key_.get()), false, digest_of(bits), text, encoded);
}

std::string base64url_decode(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    bits = (bits << 6U) | static_cast<unsigned>(alphabet.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 255U);
  }
  return out;
}

} // namespace tidemark::test
