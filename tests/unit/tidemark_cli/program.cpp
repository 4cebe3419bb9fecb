#include "program.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto longest_wait = 20s;

} // namespace

program::program(const std::vector<std::string>& words, unsigned short columns, unsigned short rows) {
  // All that the child needs is made before the fork: this process has other threads.
  std::vector<const char*> arguments{TIDEMARK_PROGRAM};
  for (auto& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  std::vector<const char*> environment{"TERM=xterm", "LANG=C", "NO_COLOR=1", "TZ=UTC0", nullptr};
  winsize size{rows, columns, 0, 0};
  child_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  REQUIRE(child_ >= 0);
  if (child_ == 0) {
    ::execve(TIDEMARK_PROGRAM, const_cast<char**>(arguments.data()), const_cast<char**>(environment.data()));
    ::_exit(127);
  }
}

program::~program() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  ::close(terminal_);
}

bool program::read_more(std::chrono::steady_clock::time_point deadline) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd readable{terminal_, POLLIN, 0};
  if (left <= 0ms || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0) return false;
  char buffer[4096];
  auto count = ::read(terminal_, buffer, sizeof buffer);
  if (count <= 0) return false;
  output_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

bool program::wait_for(const std::string& part) {
  auto deadline = std::chrono::steady_clock::now() + longest_wait;
  while (output_.find(part) == std::string::npos)
    if (!read_more(deadline)) return false;
  return true;
}

void program::type(const std::string& keys) {
  REQUIRE(::write(terminal_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
}

void program::resize(unsigned short columns, unsigned short rows) {
  winsize size{rows, columns, 0, 0};
  REQUIRE(::ioctl(terminal_, TIOCSWINSZ, &size) == 0);
}

void program::signal(int number) { REQUIRE(::kill(child_, number) == 0); }

std::optional<int> program::wait() {
  auto deadline = std::chrono::steady_clock::now() + longest_wait;
  while (read_more(deadline)) {
  }
  // The terminal closes with the program; one that hangs instead is ended by the destructor.
  if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
  int status = 0;
  if (::waitpid(child_, &status, 0) != child_) return std::nullopt;
  child_ = -1;
  return WIFEXITED(status) ? std::optional{WEXITSTATUS(status)} : std::nullopt;
}

} // namespace tidemark::cli
