/// The main actor of a client: the one that says hello and that the node's session lives with.
#pragma once

#include "tools/tidemark/exchanges.hpp"
#include "tools/tidemark/inbox.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tidemark::cli {

/// How long a client waits. After that the node counts as lost.
struct patience {
  std::chrono::milliseconds connect{5'000};  ///< to a link and a welcome, each
  std::chrono::milliseconds request{30'000}; ///< also for the first snapshot of a live stream
  std::chrono::milliseconds plan{30 * 60'000};
  std::chrono::milliseconds cancel{10 * 60'000};
  std::chrono::milliseconds parity{24 * 60 * 60'000}; ///< two whole imports
  // Questions about an account: the node ends them by itself before.
  std::chrono::milliseconds check{11 * 60'000};
  std::chrono::milliseconds discovery{62 * 60'000};
};

/// From the main thread: put this to the node, and its answer into the inbox.
struct put_question {
  std::uint64_t number = 0;
  caf::message what;                                ///< one question of `door_actor` or `session_actor`
  std::optional<std::chrono::milliseconds> at_most; ///< instead of the usual patience
};

using client_actor = caf::typed_actor<sig<void, put_question>>;

struct client_state {
  explicit client_state(client_actor::pointer actor) : self(actor) {}

  void start(door_actor door, inbox& to, patience waits);
  void put(const put_question& wanted);
  void node_down();

  client_actor::pointer self;
  static inline const char* name = "client";

private:
  attempt<any_answer> accept(welcome& greeting);

  door_actor door_;
  session_actor session_;
  inbox* inbox_ = nullptr;
  patience waits_;
};

/// Ends when the node is lost, and says so in the inbox, which must outlive the actor.
client_actor::behavior_type client(client_actor::stateful_pointer<client_state> self, door_actor door,
                                   inbox* to, patience waits);

// -- the live stream

/// From the main thread: so many messages of the stream are dealt with.
struct grant_credit {
  std::uint32_t messages = 0;
};
/// From the main thread: begin anew with a snapshot.
struct renew_subscription {
  std::uint32_t unused = 0;
};

using follower_actor = caf::typed_actor<sig<void, journal_snapshot>, sig<void, import_event>,
                                        sig<void, grant_credit>, sig<void, renew_subscription>>;

/// How many messages of a stream may be under way to this process.
inline constexpr std::uint32_t stream_credit = 256;

/// Follows an import into the inbox, until it is told to end: a subscription lives as long as its subscriber.
follower_actor::behavior_type follower(follower_actor::pointer self, session_actor session, inbox* to,
                                       std::string import_id);

} // namespace tidemark::cli

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::cli::put_question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::cli::grant_credit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::cli::renew_subscription)
