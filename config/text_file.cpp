#include "config/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h> // explicit_bzero
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tidemark {

namespace {

class descriptor {
public:
  // O_NONBLOCK, so that a pipe in place of the file cannot hang the start.
  explicit descriptor(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

private:
  int fd_;
};

std::unexpected<failure> cannot_read(const std::filesystem::path& file, std::string_view why) {
  return fail(ec::bad_config, fmt::format("cannot read {}: {}", file.string(), why), file.string());
}

std::string system_text(int error) { return std::generic_category().message(error); }

} // namespace

outcome<text_file> read_text_file(const std::filesystem::path& file, std::size_t max_bytes) {
  const descriptor in{file};
  if (in.get() < 0) return cannot_read(file, system_text(errno));
  struct stat info{};
  if (::fstat(in.get(), &info) != 0) return cannot_read(file, system_text(errno));
  if (!S_ISREG(info.st_mode)) return cannot_read(file, "it is not a regular file");
  text_file result;
  result.open_to_others = (info.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  result.text.reserve(std::min(static_cast<std::size_t>(info.st_size), max_bytes) + 1); // never moved
  result.is_strangers = info.st_uid != 0 && info.st_uid != ::geteuid();
  char chunk[16384];
  for (;;) {
    const auto got = ::read(in.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(file, system_text(errno));
    if (got == 0) return result;
    result.text.append(chunk, static_cast<std::size_t>(got));
    ::explicit_bzero(chunk, static_cast<std::size_t>(got)); // it may be a credential
    if (result.text.size() > max_bytes)
      return cannot_read(file, fmt::format("it is larger than {} KiB", max_bytes / 1024));
  }
}

} // namespace tidemark
