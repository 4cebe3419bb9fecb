#include "actors/tenant/owner_mark.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "net/unique_fd.hpp"
#include "store/utc_text.hpp"

namespace tidemark {

namespace {

std::optional<mark_holder> read(const std::string& path) {
  std::ifstream lines{path};
  mark_holder who;
  std::getline(lines, who.node);
  std::getline(lines, who.host);
  if (!(lines >> who.process >> who.since)) return std::nullopt;
  return who;
}

/// Only for people: the lock is what counts, so a failure to write is no failure.
void write(const std::string& path, const std::string& text) {
  net::unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  if (file) [[maybe_unused]]
    auto written = ::pwrite(file.get(), text.data(), text.size(), 0);
}

/// The locks of one process in one folder.
struct folder_locks {
  net::unique_fd file;
  std::map<std::string, std::weak_ptr<void>> taken; ///< by name
};

struct all_locks {
  std::mutex access;
  std::map<std::pair<std::string, std::int64_t>, std::weak_ptr<folder_locks>> folders; ///< with the process
};

/// Lives for ever: an actor may end after `main` has returned.
all_locks& locks() {
  static auto* all = new all_locks;
  return *all;
}

/// Two names with one place would be an accident that nobody lives to see.
struct flock place_of(const std::string& name, short how) {
  std::uint64_t sum = 14695981039346656037U; // FNV-1a
  for (unsigned char c : name) sum = (sum ^ c) * 1099511628211U;
  struct flock place{};
  place.l_type = how;
  place.l_whence = SEEK_SET;
  place.l_start = static_cast<off_t>(sum >> 2U);
  place.l_len = 1;
  return place;
}

struct lock_attempt {
  std::shared_ptr<void> taken; ///< given back with its last copy
  bool contested = false;      ///< somebody else has it
};

/// What has it in this process shares it.
lock_attempt take_lock(const std::string& database, std::int64_t process) {
  std::filesystem::path path{database};
  auto folder = path.parent_path().string();
  auto name = path.filename().string();
  auto& all = locks();
  std::lock_guard only{all.access};
  auto& known = all.folders[{folder, process}];
  auto here = known.lock();
  if (!here) {
    auto file = folder + "/owners.lock";
    here = std::make_shared<folder_locks>();
    here->file.reset(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!here->file) return {};
    known = here;
  }
  auto& present = here->taken[name];
  if (auto shared = present.lock()) return {shared, false};
  auto wanted = place_of(name, F_WRLCK);
  if (::fcntl(here->file.get(), F_OFD_SETLK, &wanted) != 0)
    return {nullptr, errno == EAGAIN || errno == EACCES};
  std::shared_ptr<void> taken{nullptr, [here, name](void*) {
                                std::lock_guard alone{locks().access};
                                if (!here->taken[name].expired()) return; // taken again meanwhile
                                here->taken.erase(name);
                                auto free = place_of(name, F_UNLCK);
                                ::fcntl(here->file.get(), F_OFD_SETLK, &free);
                              }};
  present = taken;
  return {taken, false};
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
    : database_(database), path_(database + "-owner"), mine_(std::move(mine)) {
  take();
}

bool owner_mark::take() {
  if (lock_) return true;
  if (left_ || path_.empty()) return false;
  auto [taken, contested] = take_lock(database_, mine_.process);
  contested_ = contested;
  if (auto found = read(path_)) other_ = std::move(found);
  if (!taken) return false;
  write(path_, fmt::format("{}\n{}\n{} {}\n", mine_.node, mine_.host, mine_.process, mine_.since));
  lock_ = std::move(taken);
  return true;
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
  if (other_->host != mine_.host || (!lock_ && !contested_))
    return fmt::format(
        "its last owner was {}, which did not say that it stopped: it crashed, or it still runs", who);
  if (other_->process == mine_.process)
    return fmt::format("its last owner was {}, this one, where what served the tenant died", who);
  return fmt::format("its last owner was {}, which crashed, or was ended, before it could stop", who);
}

void owner_mark::let_go() {
  left_ = true;
  if (!lock_) return;
  bool is_last = lock_.use_count() == 1; // what serves the tenant anew may have it by now
  if (is_last) write(path_, {});
  lock_.reset();
}

} // namespace tidemark
