#include "tools/tidemark/history_file.hpp"

#include "tools/tidemark/display_text.hpp"

#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::cli {

namespace {

std::filesystem::path folder_in(const char* variable) {
  auto* value = std::getenv(variable);
  // The specification of the base directories wants relative paths ignored.
  return value != nullptr && *value == '/' ? std::filesystem::path{value} : std::filesystem::path{};
}

/// Opens a file of which only its owner can read anything, whatever its mode was.
int open_private(const std::filesystem::path& path, int how) {
  auto file = ::open(path.c_str(), how | O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file >= 0 && ::fchmod(file, S_IRUSR | S_IWUSR) != 0) {
    ::close(file);
    return -1;
  }
  return file;
}

/// In one write, so that lines of several programs do not mix.
bool write_private(const std::filesystem::path& path, int how, const std::string& text) {
  auto file = open_private(path, how);
  if (file < 0) return false;
  auto written = ::write(file, text.data(), text.size());
  ::close(file);
  return written == static_cast<ssize_t>(text.size());
}

} // namespace

std::filesystem::path default_history_path() {
  auto state = folder_in("XDG_STATE_HOME");
  if (state.empty())
    if (auto home = folder_in("HOME"); !home.empty()) state = home / ".local" / "state";
  return state.empty() ? state : state / "tidemark" / "history";
}

history_file::history_file(std::filesystem::path path, std::size_t limit)
    : path_(std::move(path)), limit_(limit) {}

std::vector<std::string> history_file::read() const {
  std::vector<std::string> lines;
  std::ifstream in{path_};
  for (std::string next; std::getline(in, next);)
    if (!next.empty()) lines.push_back(printable(next));
  in.close();
  if (lines.size() <= limit_) return lines;
  lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(limit_));
  std::string text;
  for (auto& x : lines) text += x + "\n";
  auto beside = path_;
  beside += "." + std::to_string(::getpid());
  std::error_code ignored;
  if (write_private(beside, O_TRUNC, text))
    std::filesystem::rename(beside, path_, ignored);
  else
    std::filesystem::remove(beside, ignored);
  return lines;
}

void history_file::add(const std::string& line) const {
  if (path_.empty() || line.empty() || line.front() == ' ' || line.front() == '\t') return;
  std::error_code ignored;
  std::filesystem::create_directories(path_.parent_path(), ignored);
  write_private(path_, O_APPEND, printable(line) + "\n");
}

} // namespace tidemark::cli
