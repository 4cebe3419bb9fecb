#include "netsuite/signing_key.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace tidemark {

namespace {

template <auto Free>
struct free_with {
  template <class T>
  void operator()(T* x) const noexcept {
    Free(x);
  }
};

using bio_ptr = std::unique_ptr<BIO, free_with<BIO_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, free_with<EVP_MD_CTX_free>>;
using ecdsa_ptr = std::unique_ptr<ECDSA_SIG, free_with<ECDSA_SIG_free>>;

/// Without it OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void* asked) noexcept {
  *static_cast<bool*>(asked) = true;
  return -1;
}

/// What an algorithm is made of (RFC 7518, 3.4 and 3.5).
struct algorithm_facts {
  signing_algorithm which;
  const EVP_MD* (*digest)();
  std::string_view curve; ///< OpenSSL's name; empty: RSA
  std::string_view curve_name;
  int part = 0; ///< bytes of r and of s
};

constexpr std::array all_algorithms{
    algorithm_facts{signing_algorithm::ps256, EVP_sha256, {}, {}},
    algorithm_facts{signing_algorithm::ps384, EVP_sha384, {}, {}},
    algorithm_facts{signing_algorithm::ps512, EVP_sha512, {}, {}},
    algorithm_facts{signing_algorithm::es256, EVP_sha256, "prime256v1", "P-256", 32},
    algorithm_facts{signing_algorithm::es384, EVP_sha384, "secp384r1", "P-384", 48},
    algorithm_facts{signing_algorithm::es512, EVP_sha512, "secp521r1", "P-521", 66}};

const algorithm_facts& facts_of(signing_algorithm which) noexcept {
  return *std::ranges::find(all_algorithms, which, &algorithm_facts::which);
}

/// "use ES384 for a P-384 key", for whatever key there is.
std::string fitting(int kind, std::string_view curve) {
  if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS) return "use PS256 for an RSA key";
  auto found = std::ranges::find(all_algorithms, curve, &algorithm_facts::curve);
  if (kind != EVP_PKEY_EC || found == all_algorithms.end())
    return "make a new key: NetSuite takes RSA keys and keys on P-256, P-384 and P-521";
  return fmt::format("use {} for a {} key", to_string(found->which), found->curve_name);
}

std::string curve_of(EVP_PKEY* key) {
  std::array<char, 80> curve{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &length) != 1) return {};
  return {curve.data(), length};
}

outcome<std::string> raw_ecdsa(const std::string& der, int part) {
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  const ecdsa_ptr parts{d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(der.size()))};
  std::vector<unsigned char> out(static_cast<std::size_t>(part) * 2);
  if (!parts || BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out.data(), part) != part
      || BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out.data() + part, part) != part)
    return fail(ec::internal, "the signature has an unexpected form");
  return std::string{reinterpret_cast<const char*>(out.data()), out.size()};
}

} // namespace

struct signing_key::pkey {
  EVP_PKEY* handle;

  explicit pkey(EVP_PKEY* key) noexcept : handle(key) {}
  ~pkey() { EVP_PKEY_free(handle); }
  pkey(const pkey&) = delete;
  pkey& operator=(const pkey&) = delete;
};

signing_key::signing_key(std::shared_ptr<const pkey> key, signing_algorithm algorithm)
    : key_(std::move(key)), algorithm_(algorithm) {}

outcome<signing_key> signing_key::load(const secret& pem, signing_algorithm algorithm) {
  const auto& text = pem.reveal();
  const bio_ptr source{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  bool encrypted = false;
  auto* raw = source ? PEM_read_bio_PrivateKey(source.get(), nullptr, &no_passphrase, &encrypted) : nullptr;
  ERR_clear_error();
  if (encrypted)
    return fail(ec::bad_config, "the private key is encrypted; store it without a passphrase "
                                "(openssl pkey -in key.pem -out plain.pem) and protect the file instead");
  if (raw == nullptr)
    return fail(ec::bad_config, "the private key is not in PEM form; it should begin with "
                                "'-----BEGIN PRIVATE KEY-----'");
  auto key = std::make_shared<const pkey>(raw);
  const auto kind = EVP_PKEY_get_base_id(raw);
  const auto& facts = facts_of(algorithm);
  if (facts.curve.empty()) {
    if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_RSA_PSS)
      return fail(ec::bad_config, fmt::format("the private key is not an RSA key, which {} needs; {}",
                                              to_string(algorithm), fitting(kind, curve_of(raw))));
    if (EVP_PKEY_get_bits(raw) < 2048)
      return fail(ec::bad_config, fmt::format("the RSA key has {} bits; NetSuite takes 3072 or 4096",
                                              EVP_PKEY_get_bits(raw)));
  } else if (kind != EVP_PKEY_EC || curve_of(raw) != facts.curve) {
    return fail(ec::bad_config,
                fmt::format("the private key is not an elliptic-curve key on {}, which {} needs; {}",
                            facts.curve_name, to_string(algorithm), fitting(kind, curve_of(raw))));
  }
  ERR_clear_error();
  return signing_key{std::move(key), algorithm};
}

outcome<std::string> signing_key::sign(std::string_view text) const {
  const digest_ptr digest{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* context = nullptr; // owned by the digest
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  const auto& facts = facts_of(algorithm_);
  bool ok = digest && EVP_DigestSignInit(digest.get(), &context, facts.digest(), nullptr, key_->handle) == 1;
  if (ok && facts.curve.empty())
    ok = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
         && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
  ok = ok && EVP_DigestSign(digest.get(), nullptr, &length, bytes, text.size()) == 1;
  std::string signature(length, '\0');
  ok = ok
       && EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes,
                         text.size())
              == 1;
  ERR_clear_error();
  if (!ok) return fail(ec::internal, "the private key could not sign");
  signature.resize(length);
  return facts.curve.empty() ? signature : raw_ecdsa(signature, facts.part);
}

} // namespace tidemark
