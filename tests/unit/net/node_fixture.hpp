/// Real nodes and clients in one process, and raw sockets that attack them.
#pragma once

#include "frames.hpp"
#include "net/link_settings.hpp"
#include "net/local_client.hpp"
#include "net/local_door.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace tidemark::net {

/// Answers a text with the same text.
using echo_actor = caf::typed_actor<caf::replies_to<std::string>::with<std::string>>;
/// An interface that the echo actor does not have.
using other_actor = caf::typed_actor<caf::replies_to<int>::with<int>>;

/// A new directory, removed with all that is in it.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

/// Counts events, and waits for them with a bound.
class event_log {
public:
  link_listener listener();
  /// Whether `count` events of the kind have come, waiting up to 20 s for them.
  bool wait_for(link_event_kind kind, std::size_t count = 1);
  std::size_t count(link_event_kind kind) const;
  /// The text of the latest event of the kind.
  std::string text(link_event_kind kind) const;

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<link_event_kind, std::vector<std::string>> seen_;
};

/// CAF's view of a link: how often it sends a sign of life, and how long it waits for one.
struct pulse {
  std::chrono::milliseconds interval{2'000};
  std::chrono::milliseconds timeout{8'000};
};

/// An actor system with links configured.
struct test_system {
  struct config : caf::actor_system_config {
    explicit config(const pulse& beat);
  };
  explicit test_system(const pulse& beat = {}) : settings(beat) {}

  config settings;
  caf::actor_system system{settings};
};

/// A node: an echo actor behind a local door.
class test_node {
public:
  explicit test_node(link_limits limits = {}, const pulse& beat = {});
  ~test_node();
  test_node(const test_node&) = delete;
  test_node& operator=(const test_node&) = delete;

  const std::string& path() const { return path_; }
  local_door& door() { return *door_; }
  void close_door() { door_.reset(); }
  void kill_actor();

  const echo_actor& echo() const { return echo_; }
  caf::actor_system& system() { return system_.system; }

  event_log events;

private:
  temporary_folder folder_;
  std::string path_ = folder_.file("node.sock");
  test_system system_;
  net_thread net_;
  echo_actor echo_;
  std::unique_ptr<local_door> door_;
};

/// A well-behaved client process.
class test_client {
public:
  explicit test_client(const pulse& beat = {}) : system_(beat) {}

  outcome<echo_actor> connect(const std::string& path, link_limits limits = {});
  /// What the echo actor answers, or the error's text.
  std::string ask(const echo_actor& echo, const std::string& text);

  caf::actor_system& system() { return system_.system; }
  net_thread& net() { return *net_; }
  void drop_links() { net_.reset(); }

  event_log events;

private:
  test_system system_;
  std::unique_ptr<net_thread> net_ = std::make_unique<net_thread>();
};

/// Connects a new client, lets the echo actor answer and says whether it did.
bool answers_a_good_client(const test_node& node);

/// A plain connection to the socket, for bytes of any kind.
class raw_peer {
public:
  explicit raw_peer(const std::string& path);

  /// Sends all bytes unless the other end closes before, and says which it was.
  bool send(const frames::bytes& bytes);
  /// Waits, up to 20 s, until the other end has closed.
  bool closed();
  /// Completes a good handshake, as a node with this seed.
  bool shake_hands(unsigned seed);

private:
  unique_fd socket_;
};

/// How often a random attack is tried: `usual`, or 20 times that in a long campaign (TIDEMARK_FULL=1).
unsigned rounds(unsigned usual);

/// Resident memory of this process in bytes.
std::size_t resident_memory();

/// Whether resident memory is less than 64 MiB above what it was. True under the sanitizers, which keep what
/// is freed.
bool grown_little_since(std::size_t before);

#if defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer);
#elif defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

} // namespace tidemark::net
