/// The guard between a peer and CAF: reads the framing of one direction of a link and says what may pass.
///
/// CAF 0.17.6 trusts its wire. A handshake header without payload makes it dereference null, a header that
/// announces 4 GiB makes it allocate them, and routed frames make it relay for strangers. The filter lets
/// through only what two directly connected nodes have to say to each other. It guards the *framing*: what a
/// peer with a proven identity writes inside a message is CAF's to read.
#pragma once

#include "net/frame.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemark::net {

/// Who writes the stream. A connector greets, hears the acceptor's greeting and then selects the connection;
/// an acceptor greets once.
enum class speaker : std::uint8_t { connector, acceptor };

/// Whose stream it is. A peer that breaks a rule loses its link. Our own CAF keeps it: a frame that the peer
/// would refuse is left out of the stream, so that a stray handle on a third node costs one message.
enum class origin : std::uint8_t { peer, ourselves };

struct filter_rules {
  speaker from = speaker::connector;
  origin whose = origin::peer;
  /// The id of this process's node.
  node_bytes own_node = {};
  /// Largest payload of a frame, in bytes. Both ends of a link must agree.
  std::uint32_t max_payload = 16u << 20;
};

/// What is wrong with a frame.
enum class breach : std::uint8_t {
  none,
  /// No such operation, or one that only the other end may use.
  unknown_operation,
  /// A field has a value that CAF never writes there.
  malformed_header,
  /// The acceptor speaks another version of BASP.
  wrong_version,
  /// A frame before the handshake was complete.
  no_handshake,
  /// A handshake after the handshake.
  second_handshake,
  /// A payload shorter or longer than its kind of frame allows.
  wrong_payload_size,
  /// A payload over the configured limit.
  payload_too_large,
  /// A node id that no node has, that changed during the handshake, or that is our own.
  wrong_node,
  /// A frame from or to a third node.
  routed,
  /// A message to a named actor that peers have no business with.
  forbidden_name,
};

/// The stable snake_case name of a breach, for logs and tests.
std::string_view to_string(breach what) noexcept;

class frame_filter {
public:
  enum class action : std::uint8_t {
    /// Nothing to do before more bytes arrive.
    wait,
    /// The next `bytes` bytes may pass.
    forward,
    /// The next `bytes` bytes must be left out of the stream.
    drop,
    /// The link must be closed; nothing of what is pending may pass.
    refuse,
  };

  struct step {
    action what = action::wait;
    std::size_t bytes = 0;
    /// For `refuse`, and for the first `drop` of a frame: what is wrong, and a sentence about it.
    breach why = breach::none;
    std::string text = {};
  };

  /// Room for `next` to reach a decision: no decision needs more pending bytes than this.
  static constexpr std::size_t lookahead = header_size + 2 * node_size;

  explicit frame_filter(const filter_rules& rules);

  /// Judges `pending`, the bytes that have arrived and have neither been forwarded nor dropped yet. Call
  /// again with what is left after each `forward` and `drop`. A frame's header passes only once it is known
  /// to be good.
  step next(std::span<const std::byte> pending);

  /// Whether the writer's part of the handshake has passed.
  bool open() const noexcept { return phase_ == phase::open; }

  /// The node that writes this stream, once its greeting has been judged good.
  const std::optional<node_bytes>& node() const noexcept { return node_; }

  /// Tells a filter of our own stream which node reads it (the filter of the peer's stream learns it).
  void reader(const node_bytes& node) { reader_ = node; }

private:
  enum class phase : std::uint8_t { silent, greeted, open };

  struct objection {
    breach why = breach::none;
    std::string text = {};
  };

  std::size_t payload_to_see(const frame_header& header) const noexcept;
  objection judge_header(const frame_header& header) const;
  objection judge_handshake(const frame_header& header) const;
  objection judge_traffic(const frame_header& header) const;
  objection judge_nodes(const frame_header& header, std::span<const std::byte> payload) const;
  bool droppable(breach why) const noexcept;
  void accept(const frame_header& header, std::span<const std::byte> payload);

  filter_rules rules_;
  phase phase_ = phase::silent;
  std::optional<node_bytes> node_;
  std::optional<node_bytes> reader_;
  /// What is left of the frame that has been judged, and whether it passes.
  std::uint64_t rest_ = 0;
  bool dropping_ = false;
};

} // namespace tidemark::net
