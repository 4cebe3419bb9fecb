/// Request targets and form bodies: "/path?limit=10&q=a%20b" cut up and decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::netsuite_sim {

using parameter_list = std::vector<std::pair<std::string, std::string>>;

struct http_target {
  std::string path;
  parameter_list parameters;

  /// The first value of that name.
  std::optional<std::string> find(std::string_view name) const;
};

http_target parse_target(std::string_view target);

/// "a=1&b=x%20y"; in forms, '+' means a space.
parameter_list parse_parameters(std::string_view text, bool is_form);

std::optional<std::string> find_parameter(const parameter_list& list, std::string_view name);

/// RFC 3986: everything but A-Z a-z 0-9 - . _ ~ as %XX.
std::string percent_encode(std::string_view text);

/// Sequences that are not %XX stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

} // namespace tidemark::netsuite_sim
