#include "tools/tidemarkd/data_folder.hpp"

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tidemark {

namespace {

using namespace std::chrono_literals;

constexpr auto holder_patience = 2s;

std::string holder_of(int lock) {
  char text[32] = {};
  auto length = ::pread(lock, text, sizeof text - 1, 0);
  return length > 0 ? fmt::format(" (process {})", std::string{text, static_cast<std::size_t>(length)}) : "";
}

void write_holder(int lock) {
  auto pid = std::to_string(::getpid());
  // Only a help for people: the lock itself is what counts, so a failure to write is no failure.
  if (::ftruncate(lock, 0) == 0) [[maybe_unused]]
    auto written = ::pwrite(lock, pid.data(), pid.size(), 0);
}

/// Waits for a moment: the holder may be a node on its last steps whose end somebody has seen already.
bool lock_in_time(int lock) {
  auto deadline = std::chrono::steady_clock::now() + holder_patience;
  while (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

} // namespace

outcome<data_folder> data_folder::claim(const std::filesystem::path& path) {
  std::error_code error;
  bool made = std::filesystem::create_directories(path, error);
  if (error)
    return fail(ec::bad_config,
                fmt::format("the data folder {} cannot be made: {}", path.string(), error.message()),
                path.string());
  if (made) ::chmod(path.c_str(), 0700);
  auto file = path / "lock";
  net::unique_fd lock{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock)
    return fail(
        ec::bad_config,
        fmt::format("the data folder {} cannot be written: {}", path.string(), net::errno_text(errno)),
        path.string());
  if (!lock_in_time(lock.get()))
    return fail(
        ec::conflict,
        fmt::format(
            "the data folder {} belongs to another tidemarkd{}; stop it, or give this node a data_dir of "
            "its own",
            path.string(), holder_of(lock.get())),
        path.string());
  write_holder(lock.get());
  return data_folder{std::move(lock)};
}

} // namespace tidemark
