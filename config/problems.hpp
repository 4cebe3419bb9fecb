/// What is wrong with one file, collected so that it can be told in one go.
#pragma once

#include "messages/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

/// Collects sentences, each with its place in the file, up to a bound; the rest is only counted.
class problem_list {
public:
  explicit problem_list(std::string file_name) : file_name_(std::move(file_name)) {}

  /// What paths are told about: the JSON text of the file. `is_file`: its lines are the file's.
  void look_into(std::string text, bool is_file = true);

  /// "criteria.json:57: $.record_types[3].key (customer): ..."; without a text only the path.
  void at_path(std::string_view path, std::string_view sentence);

  /// "tidemark.toml:12: ..."
  void at_line(std::size_t line, std::string_view sentence);

  /// "criteria.json:12:7: ..."
  void at_column(std::size_t line, std::size_t column, std::string_view sentence);

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  /// All of them in one `ec::bad_config` whose subject is the file.
  [[nodiscard]] failure to_failure() const;

private:
  void add(std::string_view place, std::string_view sentence);

  std::string file_name_;
  std::string json_;
  bool tells_lines_ = false;
  std::string text_;
  std::size_t count_ = 0;
};

/// A text from a file as it may stand in a message: quoted, cut if it is long, with anything but plain ASCII
/// replaced.
std::string in_quotes(std::string_view text);

} // namespace tidemark
