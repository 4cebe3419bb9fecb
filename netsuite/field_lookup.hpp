/// Finds the field that a JSON key names. Internal to the page decoder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Rows of a page have their keys in the same order, and lack those without a value: so the key that followed
/// last time is tried first, then the few that followed that one; otherwise a table of hashes decides. Names
/// are compared in lower case.
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

  /// If one of the keys that are expected next starts at `text` and ends there with a quote, its index; else
  /// `unknown`. Reads up to `most_read` bytes, whatever they are.
  static constexpr std::size_t most_read = 16;
  std::size_t find_expected(const char* text) noexcept;

private:
  /// A name with its closing quote.
  struct quoted {
    explicit quoted(std::string_view name);
    bool starts(const char* text) const noexcept;

    std::uint64_t first = 0; ///< its first eight bytes
    std::uint64_t mask = 0;  ///< those of them that count
    std::uint64_t last = 0;  ///< its last eight bytes, if it has more than eight
    std::string text;
  };

  std::size_t find_exact(std::string_view key) const noexcept;
  [[nodiscard]] std::size_t slot_of(std::string_view key) const noexcept;

  std::vector<std::string> names_;
  std::vector<quoted> quoted_;
  std::vector<std::size_t> followers_; // by name, and one for the start of a row: who came next, or unknown
  std::vector<std::uint16_t> slots_;   // open addressing; index + 1, or 0
  std::size_t last_ = 0;
};

} // namespace tidemark
