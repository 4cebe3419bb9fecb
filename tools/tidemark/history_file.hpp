/// The lines that were typed, kept between runs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace tidemark::cli {

/// $XDG_STATE_HOME/tidemark/history, or ~/.local/state/tidemark/history. Empty if there is no home either.
std::filesystem::path default_history_path();

/// A file with one line per line, readable by its owner only. Several programs may add to it at once. That a
/// line cannot be kept is no reason to stop: what fails here fails silently.
class history_file {
public:
  /// `limit` is the number of lines that are kept: the file is cut to it when it is read. No path: keeps
  /// nothing.
  explicit history_file(std::filesystem::path path, std::size_t limit = 1000);

  /// The lines that are kept, oldest first.
  std::vector<std::string> read() const;
  /// Keeps a line. One that is empty or begins with a blank is not kept.
  void add(const std::string& line) const;

private:
  std::filesystem::path path_;
  std::size_t limit_;
};

} // namespace tidemark::cli
