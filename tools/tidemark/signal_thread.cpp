#include "tools/tidemark/signal_thread.hpp"

#include <csignal>

#include <pthread.h>
#include <unistd.h>

namespace tidemark::cli {

namespace {

// Tells the thread to end; no other meaning.
constexpr int stop_signal = SIGUSR2;

/// Whoever started this process in the background may have told it to ignore Ctrl-C.
bool ignored(int signal) {
  struct sigaction action{};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, stop_signal);
  for (auto signal : {SIGINT, SIGTERM, SIGWINCH, SIGCONT})
    if (!ignored(signal)) sigaddset(&set, signal);
  return set;
}

} // namespace

signal_thread::signal_thread(inbox& to) : inbox_(to) {
  auto set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread{[this] { run(); }};
}

signal_thread::~signal_thread() {
  pthread_kill(thread_.native_handle(), stop_signal);
  thread_.join();
}

void signal_thread::run() {
  auto set = handled_signals();
  for (int signal = 0; sigwait(&set, &signal) == 0;) {
    switch (signal) {
    case SIGINT:
    case SIGTERM: {
      auto code = signal == SIGINT ? exit_code::interrupted : exit_code::terminated;
      if (!to_inbox_) ::_exit(static_cast<int>(code));
      inbox_.put(interrupted{code});
      break;
    }
    case SIGWINCH: inbox_.put(terminal_changed{false}); break;
    case SIGCONT: inbox_.put(terminal_changed{true}); break;
    default: return;
    }
  }
}

} // namespace tidemark::cli
