/// What the body of an error says, whatever its form. Internal to the classification.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

struct error_body {
  std::vector<std::string> codes;   ///< every o:errorCode, the details' before the envelope's, then any other
  std::size_t own_codes = 0;        ///< so many of them, the first ones, stand in NetSuite's own form
  std::vector<std::string> details; ///< one by one, as they came
  std::string token_error;          ///< of the token endpoint (RFC 6749, section 5.2)
  std::string text;                 ///< the details, or the title, or the text of a page without its markup
};

/// Never throws for what the body holds; an empty one gives an empty result.
error_body read_error_body(std::string_view body);

} // namespace tidemark
