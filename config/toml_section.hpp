/// One table of a TOML file, read setting by setting. Internal to the part.
#pragma once

#include "config/named.hpp"
#include "config/problems.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

namespace tidemark {

/// The inclusive bounds of a number.
struct bounds {
  std::int64_t least;
  std::int64_t greatest;
};

/// Whether a text holds a line break or another character that has no place in one line.
bool has_control(std::string_view text);

/// Parses TOML text. Broken text becomes a problem with its line and column.
std::optional<toml::table> read_toml(std::string_view text, problem_list& problems);

/// Overwrites every text of a table, with those of the tables and lists in it: some are credentials.
void wipe_texts(toml::table& table) noexcept;

/// Reads settings by name and reports wrong ones at their line; what nobody asked for is reported as unknown.
/// A message shows names and types of settings, never a value: it might be a secret.
class toml_section {
public:
  /// `name` as it stands in messages, "" for the file itself.
  toml_section(const toml::table& table, std::string name, problem_list& problems);

  /// Reports a problem with one setting: the sentence follows its name.
  void problem(std::string_view key, std::string_view sentence);

  /// Reports that a setting has to be there: "node.name is missing; <remedy>".
  void missing(std::string_view key, std::string_view remedy);

  /// The line of the setting, or of the section if it is not there.
  [[nodiscard]] std::size_t line(std::string_view key) const;

  [[nodiscard]] bool has(std::string_view key) const { return table_->contains(key); }

  /// Whether the setting is there, as text. Nothing is reported, and it still has to be read.
  [[nodiscard]] bool is_text(std::string_view key) const;

  /// A text without control characters; nothing if it is missing, empty or wrong.
  std::optional<std::string> text(std::string_view key);

  /// Any non-empty text, line breaks included.
  std::optional<std::string> raw_text(std::string_view key);

  /// A whole number; nothing if it is missing or wrong.
  std::optional<std::int64_t> number(std::string_view key, bounds range);

  /// As `number`, and leaves `target` alone if there is none.
  template <std::integral T>
  void number(std::string_view key, bounds range, T& target) {
    if (auto value = number(key, range)) target = static_cast<T>(*value);
  }

  /// true or false; nothing if it is missing or wrong.
  std::optional<bool> boolean(std::string_view key);

  /// A list of ids, each a text or a whole number; empty if it is missing or wrong.
  std::vector<std::string> ids(std::string_view key);

  void seconds(std::string_view key, bounds range, std::chrono::seconds& target);

  /// Megabytes (2^20) in the file, bytes in `target`.
  void megabytes(std::string_view key, bounds range, std::uint64_t& target);

  /// Exactly as many whole numbers as `target` has places.
  template <std::size_t N>
  void seconds(std::string_view key, bounds range, std::array<std::chrono::seconds, N>& target) {
    if (auto values = numbers(key, range, N))
      for (std::size_t i = 0; i < N; ++i) target[i] = std::chrono::seconds{(*values)[i]};
  }

  /// One of the names of a table.
  template <class E, std::size_t N>
  void choice(std::string_view key, const name_table<E, N>& names, E& target) {
    const auto name = text(key);
    if (!name) return;
    if (auto value = value_of(names, *name))
      target = *value;
    else
      problem(key, not_one_of(*name, names_in(names)));
  }

  /// "is not one of tba, oauth2", with the nearest of them. `names` as `names_in` makes them.
  static std::string not_one_of(std::string_view name, const std::string& names);

  /// A table below this one; nothing if it is missing or wrong.
  std::optional<toml_section> section(std::string_view key);

  /// An array of tables; empty if it is missing or wrong.
  std::vector<toml_section> sections(std::string_view key);

  /// The names of all settings, for sections that take any.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// Reports every setting that was never asked for. Call it last.
  void refuse_unknown();

private:
  const toml::node* find(std::string_view key);
  void wrong_type(std::string_view key, const toml::node& found, std::string_view wanted);
  std::optional<std::vector<std::int64_t>> numbers(std::string_view key, bounds range, std::size_t count);
  [[nodiscard]] std::string full_name(std::string_view key) const;

  const toml::table* table_;
  std::string name_;
  problem_list* problems_;
  std::set<std::string, std::less<>> known_;
};

} // namespace tidemark
