#include "netsuite/http_engine.hpp"

#include <atomic>
#include <csignal>
#include <mutex>
#include <new>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <curl/curl.h>
#include <pthread.h>

#include "messages/recycler.hpp"
#include "netsuite/http_transfer.hpp"

namespace tidemark {

namespace {

constexpr std::size_t max_spare_handles = 64;
constexpr int longest_sleep_ms = 10'000;

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
      : options_(std::move(options)), multi_(make_multi(options_)), thread_([this] { run(); }) {}

  ~loop() {
    {
      const std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
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
    if (first) curl_multi_wakeup(multi_.get());
  }

  static void add(counter& where, std::uint64_t count) { where.fetch_add(count, std::memory_order_relaxed); }

  // -- on the engine's thread from here on -----------------------------------

  void run() {
    block_signals();
    for (;;) {
      const bool stopping = obey();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      collect();
      if (stopping) {
        while (!open_.empty()) abort(open_.begin()->first);
        if (idle()) return;
        continue;
      }
      curl_multi_poll(multi_.get(), nullptr, 0, longest_sleep_ms, nullptr);
    }
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
