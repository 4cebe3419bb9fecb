/// OAuth 2.0 client credentials: a signed assertion is exchanged for a token of an hour.
#pragma once

#include <string>
#include <string_view>

#include "config/secret.hpp"
#include "messages/error.hpp"
#include "messages/http.hpp"
#include "netsuite/signing_key.hpp"

namespace tidemark {

/// "{base_url}/services/rest/auth/oauth2/v1/token".
std::string token_url(std::string_view base_url);

/// The JSON web token that proves who we are. `now` is in the server's time; it is good for five minutes.
outcome<std::string> make_client_assertion(const signing_key& key, std::string_view certificate_id,
                                           std::string_view client_id, std::string_view url, unix_ms now);

/// The request that exchanges an assertion for a token. Its id is the caller's to set.
http_request make_token_request(std::string_view url, std::string_view assertion);

struct access_token {
  secret value;
  unix_ms expires_at = 0; ///< in the clock of the `now` that it was parsed with
};

/// Reads the answer of the token endpoint. Refused credentials are `ec::authentication`; everything else as
/// `classify` says.
outcome<access_token> parse_token_response(const http_response& response, unix_ms now);

} // namespace tidemark
