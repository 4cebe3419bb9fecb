#include "net/frame_filter.hpp"

#include <caf/atom.hpp>
#include <caf/io/basp/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tidemark::net {

namespace {

/// A greeting lists the signatures of one actor; real ones take a few KiB.
constexpr std::uint32_t max_greeting = 256u << 10;

/// The one named actor that CAF's brokers ask for by themselves when they learn of a node.
constexpr auto spawn_server = static_cast<std::uint64_t>(caf::atom("SpawnServ"));

constexpr std::array operation_names{"server handshake", "client handshake", "direct message",
                                     "routed message",   "monitor message",  "down message",
                                     "heartbeat"};

constexpr std::array breach_names{"none",
                                  "unknown_operation",
                                  "malformed_header",
                                  "wrong_version",
                                  "no_handshake",
                                  "second_handshake",
                                  "wrong_payload_size",
                                  "payload_too_large",
                                  "wrong_node",
                                  "routed",
                                  "forbidden_name"};
static_assert(breach_names.size() == static_cast<std::size_t>(breach::forbidden_name) + 1);

bool is(const frame_header& header, operation what) {
  return header.operation == static_cast<std::uint8_t>(what);
}

bool is_handshake(const frame_header& header) {
  return is(header, operation::server_handshake) || is(header, operation::client_handshake);
}

/// Only for operations that exist.
std::string_view name_of(const frame_header& header) { return operation_names.at(header.operation); }

node_bytes node_at(std::span<const std::byte> payload, std::size_t index) {
  node_bytes node;
  std::ranges::copy(payload.subspan(index * node_size, node_size), node.begin());
  return node;
}

std::string wrong_size(const frame_header& header) {
  return fmt::format("a {} has a payload of {} bytes", name_of(header), header.payload_len);
}

std::string wrong_field(const frame_header& header) {
  return fmt::format("a {} has a header field that is never set", name_of(header));
}

} // namespace

std::string_view to_string(breach what) noexcept {
  auto index = static_cast<std::size_t>(what);
  return index < breach_names.size() ? breach_names[index] : "unknown";
}

frame_filter::frame_filter(const filter_rules& rules) : rules_(rules) {
  if (rules.whose == origin::peer) reader_ = rules.own_node;
}

frame_filter::step frame_filter::next(std::span<const std::byte> pending) {
  std::size_t passing = 0;
  for (;;) {
    if (rest_ > 0) {
      auto here = static_cast<std::size_t>(std::min<std::uint64_t>(rest_, pending.size() - passing));
      if (here == 0 || (dropping_ && passing > 0)) break;
      rest_ -= here;
      if (dropping_) return {action::drop, here};
      passing += here;
      continue;
    }
    auto ahead = pending.subspan(passing);
    if (ahead.size() < header_size) break;
    auto header = parse_frame_header(ahead.first<header_size>());
    auto bad = judge_header(header);
    auto payload = ahead.subspan(header_size);
    if (bad.why == breach::none) {
      if (payload.size() < payload_to_see(header)) break;
      bad = judge_nodes(header, payload);
    }
    if (bad.why != breach::none) {
      // What is good goes first; the next call comes back to this frame.
      if (passing > 0) break;
      if (!droppable(bad.why)) return {action::refuse, 0, bad.why, std::move(bad.text)};
      dropping_ = true;
      auto here = std::min<std::uint64_t>(ahead.size(), header_size + std::uint64_t{header.payload_len});
      rest_ = header_size + std::uint64_t{header.payload_len} - here;
      return {action::drop, static_cast<std::size_t>(here), bad.why, std::move(bad.text)};
    }
    accept(header, payload);
  }
  return passing > 0 ? step{action::forward, passing} : step{};
}

std::size_t frame_filter::payload_to_see(const frame_header& header) const noexcept {
  if (is_handshake(header)) return node_size;
  if (is(header, operation::monitor_message) || is(header, operation::down_message)) return 2 * node_size;
  return 0;
}

frame_filter::objection frame_filter::judge_header(const frame_header& header) const {
  if (header.operation >= operation_names.size())
    return {breach::unknown_operation, fmt::format("there is no operation {}", header.operation)};
  if (header.payload_len > rules_.max_payload)
    return {breach::payload_too_large, fmt::format("a {} announces a payload of {} bytes; the limit is {}",
                                                   name_of(header), header.payload_len, rules_.max_payload)};
  if (header.padding != 0) return {breach::malformed_header, wrong_field(header)};
  if (is_handshake(header)) return judge_handshake(header);
  if (!open()) return {breach::no_handshake, fmt::format("a {} comes before the handshake", name_of(header))};
  return judge_traffic(header);
}

frame_filter::objection frame_filter::judge_handshake(const frame_header& header) const {
  auto by_connector = is(header, operation::client_handshake);
  if (by_connector != (rules_.from == speaker::connector))
    return {breach::unknown_operation, fmt::format("a {} comes from the wrong end", name_of(header))};
  if (open()) return {breach::second_handshake, "a handshake comes after the handshake"};
  if (header.source_actor != 0 || header.dest_actor != 0)
    return {breach::malformed_header, wrong_field(header)};
  if (!by_connector) {
    if (header.flags != 0) return {breach::malformed_header, wrong_field(header)};
    if (header.operation_data != caf::io::basp::version)
      return {breach::wrong_version, fmt::format("the node speaks version {} of the link protocol, not {}",
                                                 header.operation_data, caf::io::basp::version)};
    if (header.payload_len < node_size || header.payload_len > max_greeting)
      return {breach::wrong_payload_size, wrong_size(header)};
    return {};
  }
  // A connector greets without a flag, and repeats the greeting with the flag to select the connection.
  auto flags = phase_ == phase::silent ? 0 : caf::io::basp::header::select_connection_flag;
  if (phase_ == phase::greeted && header.flags == 0)
    return {breach::second_handshake, "a connector greets a second time"};
  if (header.flags != flags || header.operation_data != 0)
    return {breach::malformed_header, wrong_field(header)};
  if (header.payload_len != node_size) return {breach::wrong_payload_size, wrong_size(header)};
  return {};
}

frame_filter::objection frame_filter::judge_traffic(const frame_header& header) const {
  auto bad_field = [&] { return objection{breach::malformed_header, wrong_field(header)}; };
  auto bad_size = [&] { return objection{breach::wrong_payload_size, wrong_size(header)}; };
  switch (static_cast<operation>(header.operation)) {
  case operation::direct_message: {
    if (header.payload_len == 0) return bad_size();
    auto named = header.flags == caf::io::basp::header::named_receiver_flag;
    if ((header.flags != 0 && !named) || header.dest_actor == 0) return bad_field();
    if (named && header.dest_actor != spawn_server)
      return {breach::forbidden_name, "a message goes to a named actor that is not open to peers"};
    return {};
  }
  case operation::monitor_message:
    if (header.payload_len != 2 * node_size) return bad_size();
    if (header.flags != 0 || header.operation_data != 0 || header.source_actor != 0 || header.dest_actor == 0)
      return bad_field();
    return {};
  case operation::down_message:
    if (header.payload_len <= 2 * node_size) return bad_size();
    if (header.flags != 0 || header.operation_data != 0 || header.source_actor == 0 || header.dest_actor != 0)
      return bad_field();
    return {};
  case operation::heartbeat:
    if (header.payload_len != 0) return bad_size();
    if (header.flags != 0 || header.operation_data != 0 || header.source_actor != 0 || header.dest_actor != 0)
      return bad_field();
    return {};
  default:
    return {breach::routed, "a frame is routed for a third node; nodes pass messages on by own requests"};
  }
}

frame_filter::objection frame_filter::judge_nodes(const frame_header& header,
                                                  std::span<const std::byte> payload) const {
  if (is_handshake(header)) {
    auto node = node_at(payload, 0);
    if (!plausible(node)) return {breach::wrong_node, "a handshake names an impossible node"};
    if (node_ && node != *node_) return {breach::wrong_node, "the second greeting names another node"};
    if ((node == rules_.own_node) != (rules_.whose == origin::ourselves))
      return {breach::wrong_node, "a node cannot link to itself"};
    return {};
  }
  if (payload_to_see(header) == 0) return {};
  if (node_at(payload, 0) != node_ || node_at(payload, 1) != reader_)
    return {breach::routed, fmt::format("a {} is about a third node", name_of(header))};
  return {};
}

bool frame_filter::droppable(breach why) const noexcept {
  return rules_.whose == origin::ourselves && open()
         && (why == breach::routed || why == breach::payload_too_large || why == breach::forbidden_name);
}

void frame_filter::accept(const frame_header& header, std::span<const std::byte> payload) {
  rest_ = header_size + std::uint64_t{header.payload_len};
  dropping_ = false;
  if (!is_handshake(header)) return;
  node_ = node_at(payload, 0);
  auto first_of_two = rules_.from == speaker::connector && phase_ == phase::silent;
  phase_ = first_of_two ? phase::greeted : phase::open;
}

} // namespace tidemark::net
