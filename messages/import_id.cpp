#include "messages/import_id.hpp"

#include <algorithm>
#include <random>

namespace tidemark {

namespace {

// Crockford's alphabet: no i, l, o, u.
constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t time_characters = 10;
constexpr std::size_t salt_characters = 16;
constexpr std::size_t id_characters = time_characters + salt_characters;

/// The lowest `5 * count` bits of a number.
void append_base32(std::string& out, std::uint64_t bits, std::size_t count) {
  for (auto left = count; left > 0; --left) out += alphabet[(bits >> (5 * (left - 1))) & 31U];
}

} // namespace

import_id_salt random_salt() {
  std::random_device source;
  std::uniform_int_distribution<unsigned> byte{0, 255};
  import_id_salt salt;
  std::ranges::generate(salt, [&] { return static_cast<std::uint8_t>(byte(source)); });
  return salt;
}

std::string new_import_id(std::string_view tenant, unix_ms now, const import_id_salt& salt) {
  std::string id;
  id.reserve(tenant.size() + 1 + id_characters);
  id.append(tenant).append(1, '.');
  append_base32(id, static_cast<std::uint64_t>(now), time_characters);
  // 40 bits make 8 characters, so the salt goes in two halves.
  for (std::size_t half = 0; half < salt.size(); half += salt.size() / 2) {
    std::uint64_t bits = 0;
    for (std::size_t i = half; i < half + salt.size() / 2; ++i) bits = bits << 8U | salt[i];
    append_base32(id, bits, salt_characters / 2);
  }
  return id;
}

std::optional<std::string_view> tenant_of(std::string_view import_id) noexcept {
  if (import_id.size() < id_characters + 2) return std::nullopt;
  auto tenant = import_id.substr(0, import_id.size() - id_characters - 1);
  auto id = import_id.substr(tenant.size() + 1);
  // 26 characters hold 130 bits, an id only 128.
  if (import_id[tenant.size()] != '.' || id.front() > '7') return std::nullopt;
  if (id.find_first_not_of(alphabet) != std::string_view::npos) return std::nullopt;
  return tenant;
}

} // namespace tidemark
