#include "node_fixture.hpp"

#include "net/unix_socket.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidemark::net {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;
constexpr int patience_ms = 20'000;

echo_actor::behavior_type echo_behavior() {
  return {[](const std::string& text) { return text; }};
}

} // namespace

temporary_folder::temporary_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "tidemark-net-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

link_listener event_log::listener() {
  return [this](const link_event& event) {
    std::lock_guard guard{mutex_};
    seen_[event.kind].push_back(event.text);
    changed_.notify_all();
  };
}

bool event_log::wait_for(link_event_kind kind, std::size_t count) {
  std::unique_lock guard{mutex_};
  return changed_.wait_for(guard, patience, [&] { return seen_[kind].size() >= count; });
}

std::size_t event_log::count(link_event_kind kind) const {
  std::lock_guard guard{mutex_};
  auto found = seen_.find(kind);
  return found == seen_.end() ? 0 : found->second.size();
}

std::string event_log::text(link_event_kind kind) const {
  std::lock_guard guard{mutex_};
  auto found = seen_.find(kind);
  return found == seen_.end() || found->second.empty() ? "" : found->second.back();
}

test_system::config::config(const pulse& beat) {
  configure_links(*this);
  set("middleman.heartbeat-interval", caf::timespan{beat.interval});
  set("middleman.connection-timeout", caf::timespan{beat.timeout});
  set("scheduler.max-threads", std::size_t{2});
}

test_node::test_node(link_limits limits, const pulse& beat)
    : system_(beat), echo_(system_.system.spawn(echo_behavior)) {
  auto opened = local_door::open(net_, system_.system,
                                 {.path = path_,
                                  .actor = publish(system_.system, echo_),
                                  .limits = limits,
                                  .on_event = events.listener()});
  REQUIRE_MESSAGE(opened, opened.error().message);
  door_ = std::move(*opened);
}

test_node::~test_node() {
  close_door();
  kill_actor();
}

void test_node::kill_actor() { caf::anon_send_exit(echo_, caf::exit_reason::user_shutdown); }

outcome<echo_actor> test_client::connect(const std::string& path, link_limits limits) {
  return connect_local<echo_actor>(
      *net_, system_.system,
      {.path = path, .timeout = patience, .limits = limits, .on_event = events.listener()});
}

std::string test_client::ask(const echo_actor& echo, const std::string& text) {
  std::string answer;
  caf::scoped_actor self{system_.system};
  self->request(echo, patience, text)
      .receive([&](std::string& got) { answer = std::move(got); },
               [&](const caf::error& error) { answer = system_.system.render(error); });
  return answer;
}

bool answers_a_good_client(const test_node& node) {
  test_client client;
  auto echo = client.connect(node.path());
  if (!echo) MESSAGE(echo.error().message);
  return echo && client.ask(*echo, "still there?") == "still there?";
}

raw_peer::raw_peer(const std::string& path) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  auto socket = connect_unix(path);
  // Attacks come faster than a node accepts.
  while (!socket && socket.error().code == ec::refused && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    socket = connect_unix(path);
  }
  REQUIRE_MESSAGE(socket, socket.error().message);
  socket_ = std::move(*socket);
}

bool raw_peer::send(const frames::bytes& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    auto count = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno != EAGAIN) return false;
    pollfd writable{socket_.get(), POLLOUT, 0};
    if (::poll(&writable, 1, patience_ms) <= 0) return false;
  }
  return true;
}

bool raw_peer::closed() {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    pollfd readable{socket_.get(), POLLIN, 0};
    ::poll(&readable, 1, patience_ms);
    char ignored[4096];
    auto count = ::recv(socket_.get(), ignored, sizeof ignored, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN)) return true;
  }
  return false;
}

bool raw_peer::shake_hands(unsigned seed) {
  using frames::operator+;
  return send(frames::greeting(frames::node(seed)) + frames::selection(frames::node(seed)));
}

unsigned rounds(unsigned usual) {
  const char* full = std::getenv("TIDEMARK_FULL");
  return full != nullptr && std::string_view{full} == "1" ? 20 * usual : usual;
}

std::size_t resident_memory() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool grown_little_since(std::size_t before) { return sanitized || resident_memory() < before + (64u << 20); }

} // namespace tidemark::net
