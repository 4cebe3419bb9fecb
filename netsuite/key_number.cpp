#include "netsuite/key_number.hpp"

#include <array>
#include <iterator>

#include <fmt/format.h>
#include <openssl/sha.h>

namespace tidemark {

void key_number::add(std::int64_t value) {
  const auto digits = fmt::format_int{value};
  fmt::format_to(std::back_inserter(bytes_), "i{}:{}", digits.size(), digits.c_str());
}

void key_number::add(std::string_view text) {
  fmt::format_to(std::back_inserter(bytes_), "t{}:{}", text.size(), text);
}

std::int64_t key_number::value() const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size(), digest.data());
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8U | digest[i];
  return static_cast<std::int64_t>(number >> 2U);
}

} // namespace tidemark
