/// A certificate for the loopback address that nobody trusts but those who are told to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace tidemark::test {

/// The server's side of one encrypted connection; false if there is none.
class tls_session {
public:
  tls_session() = default;
  explicit tls_session(std::shared_ptr<void> session) : session_(std::move(session)) {}

  explicit operator bool() const noexcept { return session_ != nullptr; }

  std::int64_t receive(char* buffer, std::size_t size);
  void send(std::string_view bytes);

private:
  std::shared_ptr<void> session_;
};

class tls_identity {
public:
  /// Makes a key and a certificate for `address`, an IP address, that signs itself.
  explicit tls_identity(const char* address = "127.0.0.1");
  ~tls_identity();
  tls_identity(const tls_identity&) = delete;
  tls_identity& operator=(const tls_identity&) = delete;

  /// The handshake on an accepted socket; an empty session if it fails.
  [[nodiscard]] tls_session accept(int socket) const;

  /// The certificate as a PEM file; it lives as long as the identity.
  [[nodiscard]] const std::filesystem::path& certificate_file() const noexcept { return file_; }

private:
  std::shared_ptr<void> context_;
  std::filesystem::path file_;
};

} // namespace tidemark::test
