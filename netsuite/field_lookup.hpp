/// Finds the field that a JSON key names. Internal to the page decoder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Rows of a page have nearly the same keys in the same order, so the key that followed last time is tried
/// first; otherwise a table of hashes decides. Names are compared in lower case.
class field_lookup {
public:
  /// The index for keys that are none of the names.
  static constexpr std::size_t unknown = static_cast<std::size_t>(-1);

  /// `names` in lower case and each once.
  explicit field_lookup(std::vector<std::string> names);

  /// Before the first key of a row.
  void start_row() noexcept { last_ = names_.size(); }

  /// The index of the name. `key` is the key as it stands in the JSON text, or unescaped if it has escapes.
  std::size_t find(std::string_view key);

  /// If the key that is expected next starts at `text` and ends there with a quote, its index; else
  /// `unknown`.
  std::size_t find_expected(const char* text) noexcept;

private:
  std::size_t find_exact(std::string_view key) const noexcept;
  [[nodiscard]] std::size_t slot_of(std::string_view key) const noexcept;

  std::vector<std::string> names_;
  std::vector<std::size_t> followers_; // by name, and one for the start of a row: who came next, or unknown
  std::vector<std::uint16_t> slots_;   // open addressing; index + 1, or 0
  std::size_t last_ = 0;
};

} // namespace tidemark
