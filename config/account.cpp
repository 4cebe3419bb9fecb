#include "config/node_config.hpp"

#include <algorithm>
#include <cctype>

namespace tidemark {

std::string account_realm(std::string_view account) {
  std::string result{account};
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return result;
}

std::string account_host(std::string_view account) {
  std::string result{account};
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
  return result + ".suitetalk.api.netsuite.com";
}

} // namespace tidemark
