/// Reading a small file whole.
#pragma once

#include "messages/error.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace tidemark {

struct text_file {
  std::string text;
  /// Whether the file's mode lets its group or others in.
  bool open_to_others = false;
  /// Whether it belongs to somebody who is neither this process's user nor root.
  bool is_strangers = false;
};

/// Reads a regular file of at most `max_bytes`. Anything else (missing, forbidden, a folder, a pipe that
/// would block, too large) is an `ec::bad_config` that names the file.
outcome<text_file> read_text_file(const std::filesystem::path& file, std::size_t max_bytes);

} // namespace tidemark
