/// What a tenant's next request is authorised with. A pure state machine: time comes in, requests come out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/node_config.hpp"
#include "messages/error.hpp"
#include "messages/http.hpp"
#include "netsuite/clock_skew.hpp"
#include "netsuite/oauth1.hpp"
#include "netsuite/oauth2.hpp"

namespace tidemark {

/// One attempt's Authorization field. `generation` tells which login it belongs to.
struct authorization {
  std::string header; ///< "Authorization: ...", or empty if requests are not signed
  std::uint64_t generation = 0;
};

enum class credential_state : std::uint8_t {
  ready,      ///< requests can be authorised
  needs_token ///< a token has to be fetched first
};

/// Re-signs every attempt and renews a token before it runs out or once it was refused. How often a refused
/// login is tried is the pool's to decide. All times are local; the skew is applied inside.
class credential {
public:
  /// A token is renewed this long before it runs out.
  static constexpr std::chrono::milliseconds renewal_margin = std::chrono::minutes{5};

  /// `ec::bad_config` if the private key cannot be used.
  static outcome<credential> make(const tenant_config& tenant);

  [[nodiscard]] credential_state state(unix_ms now) const noexcept;

  /// For one attempt; re-sign for the next. Only when `ready`.
  [[nodiscard]] authorization authorize(std::string_view method, std::string_view url, unix_ms now) const;

  /// The request to send when `needs_token`; one at a time is enough. Its id is the caller's to set.
  [[nodiscard]] outcome<http_request> token_request(unix_ms now) const;

  /// The answer to `token_request`.
  outcome<void> token_arrived(const http_response& response, unix_ms now);

  /// A request with this generation was answered with 401: drops the token. Answers to requests that were
  /// under way when an earlier refusal came say nothing new and are ignored. A later generation is of the
  /// login before this one, that the pool still knows to be refused: this one counts on from there.
  void unauthorized(std::uint64_t generation) noexcept;

  /// Feeds the Date field of any answer.
  void observe(unix_ms server_date, unix_ms local) noexcept { skew_.observe(server_date, local); }
  /// The same of an answer that refuses the login.
  void observe_refusal(unix_ms server_date, unix_ms local) noexcept {
    skew_.observe_refusal(server_date, local);
  }

  [[nodiscard]] const clock_skew& skew() const noexcept { return skew_; }

private:
  struct oauth2_login {
    signing_key key;
    std::string certificate_id;
    std::string client_id;
    std::string url;
    std::optional<access_token> token = {};
  };
  using login = std::variant<no_auth, oauth1_signer, oauth2_login>;

  explicit credential(login how) : how_(std::move(how)) {}

  login how_;
  clock_skew skew_;
  std::uint64_t generation_ = 1;
};

} // namespace tidemark
