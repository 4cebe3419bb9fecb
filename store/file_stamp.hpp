/// By what a change of a file is seen from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tidemark {

/// Changes with whatever is written into a file, or put in its place.
struct file_stamp {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  std::int64_t bytes = 0;
  std::int64_t changed_s = 0;
  std::int64_t changed_ns = 0;

  friend bool operator==(const file_stamp&, const file_stamp&) = default;
};

/// Of a file that is missing: nothing.
std::optional<file_stamp> stamp_of(const std::string& path);

} // namespace tidemark
