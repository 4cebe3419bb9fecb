/// Dates and times inside the SQL engine: nine bytes that compare as they should.
///
/// An *instant* is a datetime column's value; a *wall* time has no zone: date columns, TO_DATE, TO_TIMESTAMP
/// and SYS_EXTRACT_UTC give one. The dialect makes sure that only like is compared with like.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark::netsuite_sim {

struct sql_time {
  bool is_instant;
  std::int64_t seconds;
};

using sql_time_bytes = std::array<char, 9>;

constexpr sql_time_bytes encode(sql_time t) noexcept {
  sql_time_bytes result{t.is_instant ? 'I' : 'W'};
  auto biased = static_cast<std::uint64_t>(t.seconds) ^ (1ULL << 63);
  for (std::size_t i = 0; i < 8; ++i) result[8 - i] = static_cast<char>(biased >> (8 * i) & 0xff);
  return result;
}

constexpr std::optional<sql_time> decode(std::string_view bytes) noexcept {
  if (bytes.size() != 9 || (bytes[0] != 'I' && bytes[0] != 'W')) return std::nullopt;
  std::uint64_t biased = 0;
  for (std::size_t i = 1; i < 9; ++i) biased = biased << 8 | static_cast<unsigned char>(bytes[i]);
  return sql_time{bytes[0] == 'I', static_cast<std::int64_t>(biased ^ (1ULL << 63))};
}

} // namespace tidemark::netsuite_sim
