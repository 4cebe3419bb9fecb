/// Signals as messages: Ctrl-C, a request to end, a terminal that changes.
#pragma once

#include "tools/tidemark/inbox.hpp"

#include <atomic>
#include <thread>

namespace tidemark::cli {

/// Takes the process's signals for as long as it lives and puts them into the inbox. Made before any other
/// thread, since threads inherit what is blocked.
class signal_thread {
public:
  explicit signal_thread(inbox& to);
  ~signal_thread();
  signal_thread(const signal_thread&) = delete;
  signal_thread& operator=(const signal_thread&) = delete;

  /// While nobody looks into the inbox, a wish to end ends the process at once.
  void let_through(bool to_inbox) noexcept { to_inbox_ = to_inbox; }

private:
  void run();

  inbox& inbox_;
  std::atomic<bool> to_inbox_ = false;
  std::thread thread_;
};

} // namespace tidemark::cli
