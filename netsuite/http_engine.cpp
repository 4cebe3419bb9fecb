#include "netsuite/http_engine.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <curl/curl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "messages/recycler.hpp"
#include "netsuite/http_transfer.hpp"

namespace tidemark {

namespace {

constexpr std::size_t max_spare_handles = 64;
constexpr std::chrono::milliseconds longest_sleep{10'000};

// Events of sockets that are taken at once.
constexpr std::size_t most_events = 64;

// Buffers of bodies that nobody reads any more are kept for the next answers: this many, none larger.
constexpr std::size_t most_spare_bodies = 2;
constexpr std::size_t largest_spare_body = std::size_t{2} << 20;

struct multi_deleter {
  void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
using multi_handle = std::unique_ptr<CURLM, multi_deleter>;

multi_handle make_multi(const http_engine_options& options) {
  static const auto global = curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_handle multi{global == CURLE_OK ? curl_multi_init() : nullptr};
  if (!multi) throw std::bad_alloc{};
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(options.max_connections_per_host));
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.max_kept_connections));
  return multi;
}

/// Closes what it was made with.
class descriptor {
public:
  descriptor(int fd, const char* made_by) : fd_(fd) {
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), made_by};
  }
  ~descriptor() { ::close(fd_); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  int get() const noexcept { return fd_; }

private:
  int fd_;
};

/// Signals are for the thread that waits for them; and a peer that leaves must not end the process by
/// SIGPIPE, which libcurl does not prevent where it may not touch signals.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

class http_engine::loop {
public:
  explicit loop(http_engine_options options)
      : options_(std::move(options)), multi_(open_multi()), thread_([this] { run(); }) {}

  ~loop() {
    {
      const std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake();
    thread_.join();
  }

  void submit(http_request request, closed on_closed) {
    push(std::make_unique<http_transfer>(std::move(request), std::move(on_closed), spare_bodies_.take()));
  }

  void cancel(transfer_id id) { push(id); }

  http_engine_stats stats() const {
    const auto read = [](const counter& x) { return x.load(std::memory_order_relaxed); };
    return {read(transfers_), read(connections_opened_), read(reused_),
            read(lost_),      read(in_flight_),          read(open_sockets_)};
  }

private:
  using counter = std::atomic<std::uint64_t>;
  using command = std::variant<std::unique_ptr<http_transfer>, transfer_id>;

  void push(command what) {
    if (std::holds_alternative<std::unique_ptr<http_transfer>>(what)) add(in_flight_, 1);
    bool first = false;
    {
      const std::lock_guard guard{mutex_};
      first = commands_.empty();
      commands_.push_back(std::move(what));
    }
    if (first) wake();
  }

  void wake() noexcept {
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &once, sizeof once);
  }

  static void add(counter& where, std::uint64_t count) { where.fetch_add(count, std::memory_order_relaxed); }

  // -- on the engine's thread from here on -----------------------------------

  void run() {
    block_signals();
    epoll_event awaited{};
    awaited.events = EPOLLIN;
    awaited.data.fd = wake_.get();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &awaited);
    for (;;) {
      const bool stopping = obey();
      collect();
      if (stopping) {
        while (!open_.empty()) abort(open_.begin()->first);
        if (idle()) return;
        continue;
      }
      close_idle_connections();
      wait();
    }
  }

  /// libcurl works on what has something to do, and on nothing else, however many wait.
  void wait() {
    std::array<epoll_event, most_events> events{};
    const auto count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience_ms());
    int running = 0;
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == wake_.get()) {
        std::uint64_t times = 0;
        [[maybe_unused]] const auto read = ::read(wake_.get(), &times, sizeof times);
        continue;
      }
      int what = 0;
      if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
      if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
      if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
      curl_multi_socket_action(multi_.get(), event.data.fd, what, &running);
    }
    if (!due_ || std::chrono::steady_clock::now() < *due_) return;
    due_.reset();
    curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  }

  int patience_ms() const {
    const auto longest = std::min<std::chrono::milliseconds>(longest_sleep, options_.idle_lifetime);
    if (!due_) return static_cast<int>(longest.count());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, longest).count());
  }

  static int socket_changed(CURL*, curl_socket_t socket, int what, void* loop_ptr, void* known) noexcept {
    auto& self = *static_cast<loop*>(loop_ptr);
    if (what == CURL_POLL_REMOVE) {
      ::epoll_ctl(self.epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
      return 0;
    }
    epoll_event event{};
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    event.data.fd = socket;
    const auto how = known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(self.epoll_.get(), how, socket, &event) != 0) return -1;
    curl_multi_assign(self.multi_.get(), socket, &self);
    return 0;
  }

  static int timer_changed(CURLM*, long in_ms, void* loop_ptr) noexcept {
    auto& self = *static_cast<loop*>(loop_ptr);
    self.due_.reset();
    if (in_ms >= 0) self.due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds{in_ms};
    return 0;
  }

  multi_handle open_multi() {
    auto multi = make_multi(options_);
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, socket_changed);
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
    return multi;
  }

  /// libcurl closes what was idle for too long when another transfer begins. Without any that takes a new
  /// start.
  void close_idle_connections() {
    const auto now = std::chrono::steady_clock::now();
    if (!open_.empty()) last_busy_ = now;
    if (now - last_busy_ < options_.idle_lifetime || open_sockets_ == 0) return;
    multi_.reset();
    due_.reset();
    multi_ = open_multi();
    kept_connections_ = options_.max_kept_connections;
  }

  /// A connection that is in use counts, too: those of all that run at once are kept for what follows.
  void keep_connections() {
    if (open_.size() <= kept_connections_) return;
    kept_connections_ = open_.size() + open_.size() / 4;
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(kept_connections_));
  }

  bool idle() {
    const std::lock_guard guard{mutex_};
    return commands_.empty();
  }

  /// Carries out what other threads asked for; true once the engine has to stop.
  bool obey() {
    std::vector<command> commands;
    bool stopping = false;
    {
      const std::lock_guard guard{mutex_};
      commands.swap(commands_);
      stopping = stopping_;
    }
    for (auto& what : commands) {
      if (auto* id = std::get_if<transfer_id>(&what)) {
        abort(*id);
      } else {
        auto& transfer = std::get<std::unique_ptr<http_transfer>>(what);
        if (stopping) {
          auto response = transfer->close(transport_result::cancelled, "the engine is stopping");
          finish(std::move(transfer), std::move(response));
        } else {
          start(std::move(transfer));
        }
      }
    }
    return stopping;
  }

  void start(std::unique_ptr<http_transfer> transfer) {
    const auto refuse = [&](std::string why) {
      auto response = transfer->close(transport_result::failed, std::move(why));
      finish(std::move(transfer), std::move(response));
    };
    if (open_.contains(transfer->id())) return refuse("a transfer with this id is already open");
    if (auto fault =
            transfer->prepare(take_handle(), options_, std::exchange(known_addresses_, {}), open_sockets_))
      return refuse(std::move(*fault));
    if (const auto result = curl_multi_add_handle(multi_.get(), transfer->handle()); result != CURLM_OK)
      return refuse(curl_multi_strerror(result));
    const auto id = transfer->id();
    open_.emplace(id, std::move(transfer));
    keep_connections();
  }

  void collect() {
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      // The message dies with the removal of its handle.
      const auto result = message->data.result;
      char* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      auto& transfer = *reinterpret_cast<http_transfer*>(owner);
      curl_multi_remove_handle(multi_.get(), transfer.handle());
      auto node = open_.extract(transfer.id());
      const auto connects = transfer.connects();
      add(connections_opened_, connects);
      if (result == CURLE_OK && connects == 0) add(reused_, 1);
      auto response = transfer.close(result);
      if (response.transport == transport_result::lost) add(lost_, 1);
      finish(std::move(node.mapped()), std::move(response));
    }
  }

  void abort(transfer_id id) {
    auto node = open_.extract(id);
    if (node.empty()) return;
    auto& transfer = *node.mapped();
    add(connections_opened_, transfer.connects());
    curl_multi_remove_handle(multi_.get(), transfer.handle());
    auto response = transfer.close(transport_result::cancelled, "cancelled");
    finish(std::move(node.mapped()), std::move(response));
  }

  void finish(std::unique_ptr<http_transfer> transfer, http_response response) {
    give_back(transfer->release_handle());
    add(transfers_, 1);
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    transfer->report(std::move(response));
  }

  easy_handle take_handle() {
    if (spare_.empty()) return easy_handle{curl_easy_init()};
    auto handle = std::move(spare_.back());
    spare_.pop_back();
    return handle;
  }

  void give_back(easy_handle handle) {
    if (handle && spare_.size() < max_spare_handles) spare_.push_back(std::move(handle));
  }

  const http_engine_options options_;
  recycler<std::string> spare_bodies_{most_spare_bodies, largest_spare_body};
  counter transfers_ = 0;
  counter connections_opened_ = 0;
  counter reused_ = 0;
  counter lost_ = 0;
  counter in_flight_ = 0;
  counter open_sockets_ = 0;

  std::mutex mutex_;
  std::vector<command> commands_;
  bool stopping_ = false;

  descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"};
  descriptor wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"};
  std::optional<std::chrono::steady_clock::time_point> due_; ///< when libcurl has something to do by itself
  std::size_t kept_connections_ = options_.max_kept_connections;
  std::chrono::steady_clock::time_point last_busy_ = std::chrono::steady_clock::now();
  multi_handle multi_;
  std::vector<easy_handle> spare_;
  std::vector<std::string> known_addresses_ = options_.known_addresses; ///< until the first transfer
  std::unordered_map<transfer_id, std::unique_ptr<http_transfer>> open_;
  std::thread thread_; // last: it uses everything above
};

http_engine::http_engine(http_engine_options options) : loop_(std::make_unique<loop>(std::move(options))) {}

http_engine::~http_engine() = default;

void http_engine::submit(http_request request, closed on_closed) {
  loop_->submit(std::move(request), std::move(on_closed));
}

void http_engine::cancel(transfer_id id) { loop_->cancel(id); }

http_engine_stats http_engine::stats() const { return loop_->stats(); }

} // namespace tidemark
