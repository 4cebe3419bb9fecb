/// What a door tells its owner about links, and the bounds that it keeps them in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tidemark::net {

enum class link_event_kind : std::uint8_t {
  /// The handshake is complete: the peer can talk to actors.
  opened,
  /// The link ended without anybody's fault, before or after it was opened.
  closed,
  /// Somebody was not let in: another user, or no room.
  refused,
  /// The peer did not complete its handshake in time.
  handshake_timeout,
  /// The peer broke the protocol, and its link was closed.
  violation,
  /// A frame of our own was left out because the peer would have refused it; the link goes on. Reported for
  /// the
  /// first, second, fourth, eighth... frame of a link.
  dropped_frame,
  /// The peer stopped reading, and its link was closed.
  stalled,
  /// This side is in trouble (out of file descriptors, say); a door goes on trying.
  trouble,
};

/// The stable snake_case name of a kind, for logs and tests.
std::string_view to_string(link_event_kind kind) noexcept;

struct link_event {
  link_event_kind kind = link_event_kind::closed;
  /// Numbers the links of a process from 1; 0 when the event is about no link in particular.
  std::uint64_t link = 0;
  /// Who is at the other end, for people: "uid 1000, pid 4711".
  std::string peer;
  /// A lower-case sentence.
  std::string text;
};

/// Called on the net thread: must not block, throw, or close the door it comes from.
using link_listener = std::function<void(const link_event&)>;

struct link_limits {
  /// Links at the same time, with and without a completed handshake. At the limit a newcomer takes the place
  /// of the oldest link that has not completed its handshake, and is refused when there is none.
  std::size_t max_links = 64;
  /// Largest payload of one frame in bytes, which bounds the size of a message. CAF allocates it as soon as
  /// it is announced, so max_links times this is the worst case of memory that peers can claim.
  std::uint32_t max_payload = 16u << 20;
  /// Time for the whole handshake; a silent or half-open connection is closed then.
  std::chrono::milliseconds handshake_deadline{5'000};
  /// How long a peer may leave bytes unread before its link is closed. CAF's own send buffer has no bound, so
  /// this is what bounds it.
  std::chrono::milliseconds stall_deadline{10'000};
};

} // namespace tidemark::net
