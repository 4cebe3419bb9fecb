#include "netsuite/credential.hpp"

#include <algorithm>
#include <utility>

namespace tidemark {

outcome<credential> credential::make(const tenant_config& tenant) {
  if (const auto* tba = std::get_if<tba_auth>(&tenant.auth))
    return credential{oauth1_signer{tenant.account, *tba}};
  if (const auto* oauth2 = std::get_if<oauth2_auth>(&tenant.auth)) {
    auto key = signing_key::load(oauth2->private_key, oauth2->algorithm);
    if (!key) return std::unexpected(std::move(key.error()));
    return credential{
        oauth2_login{std::move(*key), oauth2->certificate_id, oauth2->client_id, token_url(tenant.base_url)}};
  }
  return credential{no_auth{}};
}

credential_state credential::state(unix_ms now) const noexcept {
  const auto* oauth2 = std::get_if<oauth2_login>(&how_);
  if (oauth2 != nullptr && (!oauth2->token || oauth2->token->expires_at <= now))
    return credential_state::needs_token;
  return credential_state::ready;
}

authorization credential::authorize(std::string_view method, std::string_view url, unix_ms now) const {
  if (const auto* signer = std::get_if<oauth1_signer>(&how_))
    return {"Authorization: " + signer->authorize(method, url, skew_.correct(now)), generation_};
  if (const auto* oauth2 = std::get_if<oauth2_login>(&how_); oauth2 != nullptr && oauth2->token)
    return {"Authorization: Bearer " + oauth2->token->value.reveal(), generation_};
  return {{}, generation_};
}

outcome<http_request> credential::token_request(unix_ms now) const {
  const auto* oauth2 = std::get_if<oauth2_login>(&how_);
  if (oauth2 == nullptr) return fail(ec::internal, "this credential needs no token");
  const auto assertion = make_client_assertion(oauth2->key, oauth2->certificate_id, oauth2->client_id,
                                               oauth2->url, skew_.correct(now));
  if (!assertion) return std::unexpected(assertion.error());
  return make_token_request(oauth2->url, *assertion);
}

outcome<void> credential::token_arrived(const http_response& response, unix_ms now) {
  auto* oauth2 = std::get_if<oauth2_login>(&how_);
  if (oauth2 == nullptr) return fail(ec::internal, "this credential needs no token");
  auto token = parse_token_response(response, now);
  if (!token) return std::unexpected(std::move(token.error()));
  // A short-lived token is used for half of its life at least, or it would be renewed for ever.
  const auto life = token->expires_at - now;
  token->expires_at -= std::min<unix_ms>(renewal_margin.count(), life / 2);
  oauth2->token = std::move(*token);
  ++generation_;
  return {};
}

void credential::unauthorized(std::uint64_t generation) noexcept {
  if (generation < generation_) return;
  generation_ = generation + 1;
  if (auto* oauth2 = std::get_if<oauth2_login>(&how_)) oauth2->token.reset();
}

} // namespace tidemark
