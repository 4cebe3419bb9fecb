#include "tls_identity.hpp"

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace tidemark::test {

namespace {

void add_extension(X509* certificate, int kind, const std::string& value) {
  auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error{"an extension of the certificate is malformed"};
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> make_certificate(EVP_PKEY* key, const std::string& address) {
  std::shared_ptr<X509> certificate{X509_new(), X509_free};
  auto* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key);
  auto* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("tidemark test"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(x, NID_subject_alt_name, "IP:" + address);
  if (X509_sign(x, key, EVP_sha256()) == 0) throw std::runtime_error{"the certificate cannot be signed"};
  return certificate;
}

std::filesystem::path write_certificate(X509* certificate) {
  auto name = (std::filesystem::temp_directory_path() / "tidemark-test-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  auto* file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (file == nullptr) throw std::runtime_error{"no temporary file can be made"};
  PEM_write_X509(file, certificate);
  std::fclose(file);
  return name;
}

SSL* of(const std::shared_ptr<void>& session) { return static_cast<SSL*>(session.get()); }

} // namespace

std::int64_t tls_session::receive(char* buffer, std::size_t size) {
  return SSL_read(of(session_), buffer, static_cast<int>(size));
}

void tls_session::send(std::string_view bytes) {
  SSL_write(of(session_), bytes.data(), static_cast<int>(bytes.size()));
}

tls_identity::tls_identity(const char* address) {
  const std::shared_ptr<EVP_PKEY> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  const auto certificate = make_certificate(key.get(), address);
  const std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  context_ = context;
  file_ = write_certificate(certificate.get());
}

tls_identity::~tls_identity() {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

tls_session tls_identity::accept(int socket) const {
  // OpenSSL writes to a closed socket with a signal.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  const std::shared_ptr<SSL> session{SSL_new(static_cast<SSL_CTX*>(context_.get())), SSL_free};
  SSL_set_fd(session.get(), socket);
  return SSL_accept(session.get()) == 1 ? tls_session{session} : tls_session{};
}

} // namespace tidemark::test
