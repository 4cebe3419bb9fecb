#include "actors/tenant/owner_mark.hpp"

#include <array>
#include <cerrno>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "store/utc_text.hpp"

namespace tidemark {

namespace {

std::optional<mark_holder> read(int file) {
  std::array<char, 1024> text{};
  auto length = ::pread(file, text.data(), text.size(), 0);
  if (length <= 0) return std::nullopt;
  std::istringstream lines{std::string{text.data(), static_cast<std::size_t>(length)}};
  mark_holder who;
  std::getline(lines, who.node);
  std::getline(lines, who.host);
  if (!(lines >> who.process >> who.since)) return std::nullopt;
  return who;
}

/// Only for people: the lock is what counts, so a failure to write is no failure.
void write(int file, const std::string& text) {
  if (::ftruncate(file, 0) == 0) [[maybe_unused]]
    auto written = ::pwrite(file, text.data(), text.size(), 0);
}

} // namespace

mark_holder this_process(const std::string& node, unix_ms now) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return {node, ::getpid(), host.data(), now};
}

std::string to_text(const mark_holder& who) {
  return fmt::format("node {} (process {} on host {}, since {})", who.node, who.process, who.host,
                     to_utc_text(who.since));
}

owner_mark::owner_mark(const std::string& database, mark_holder mine)
    : path_(database + "-owner"), mine_(std::move(mine)) {
  take();
}

bool owner_mark::take() {
  if (taken_) return true;
  if (left_) return false;
  if (!file_) file_.reset(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file_) return false;
  bool locked = ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0;
  contested_ = !locked && errno == EWOULDBLOCK;
  if (auto found = read(file_.get())) other_ = std::move(found);
  if (!locked) return false;
  write(file_.get(), fmt::format("{}\n{}\n{} {}\n", mine_.node, mine_.host, mine_.process, mine_.since));
  return taken_ = true;
}

bool owner_mark::is_held_by_other() const noexcept {
  bool is_mine = other_ && other_->process == mine_.process && other_->host == mine_.host;
  return contested_ && !is_mine;
}

std::string owner_mark::fate_of_other() const {
  if (!other_)
    return "its last owner did not say that it stopped: it crashed, or it still runs, perhaps on another "
           "host";
  auto who = to_text(*other_);
  if (is_held_by_other()) return fmt::format("its owner before was {}, which still runs", who);
  if (other_->host != mine_.host || (!taken_ && !contested_))
    return fmt::format(
        "its last owner was {}, which did not say that it stopped: it crashed, or it still runs", who);
  if (other_->process == mine_.process)
    return fmt::format("its last owner was {}, this one, where what served the tenant died", who);
  return fmt::format("its last owner was {}, which crashed, or was ended, before it could stop", who);
}

void owner_mark::let_go() {
  left_ = true;
  if (!taken_) return;
  write(file_.get(), {});
  file_.reset();
  taken_ = false;
}

} // namespace tidemark
