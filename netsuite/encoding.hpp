/// The encodings that signatures and tokens are made of.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

/// RFC 3986: everything but `A-Z a-z 0-9 - . _ ~` becomes %XX with upper-case digits.
std::string percent_encode(std::string_view bytes);

/// The reverse; a '%' that no two hexadecimal digits follow stays as it is.
std::string percent_decode(std::string_view text);

std::string base64(std::string_view bytes);

/// The URL alphabet without padding, as JSON web tokens use it.
std::string base64url(std::string_view bytes);

/// `length` random letters and digits from the system's cryptographic source; throws std::runtime_error if
/// that fails.
std::string random_token(std::size_t length);

} // namespace tidemark
