#include "tools/netsuite_sim/http_target.hpp"

#include <algorithm>
#include <cctype>

namespace tidemark::netsuite_sim {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

std::optional<std::string> http_target::find(std::string_view name) const {
  return find_parameter(parameters, name);
}

http_target parse_target(std::string_view target) {
  auto question = std::min(target.find('?'), target.size());
  auto query = target.substr(std::min(question + 1, target.size()));
  return {std::string(target.substr(0, question)), parse_parameters(query, false)};
}

parameter_list parse_parameters(std::string_view text, bool is_form) {
  parameter_list result;
  while (!text.empty()) {
    auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    auto equals = std::min(pair.find('='), pair.size());
    result.emplace_back(percent_decode(pair.substr(0, equals), is_form),
                        percent_decode(pair.substr(std::min(equals + 1, pair.size())), is_form));
  }
  return result;
}

std::optional<std::string> find_parameter(const parameter_list& list, std::string_view name) {
  auto found = std::ranges::find(list, name, &std::pair<std::string, std::string>::first);
  return found == list.end() ? std::nullopt : std::optional(found->second);
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string result;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += '%';
      result += hex[byte >> 4];
      result += hex[byte & 15];
    }
  }
  return result;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      result += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0
               && hex_value(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

} // namespace tidemark::netsuite_sim
