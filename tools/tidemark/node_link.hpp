/// A client's link with a node, for one thread that asks and waits.
#pragma once

#include "tools/tidemark/client_actor.hpp"
#include "tools/tidemark/inbox.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tidemark::cli {

class subscription;

using waiting_hook = std::function<void(std::chrono::seconds waited)>;

class node_link {
public:
  /// Links with the node behind the socket and says hello. Blocks for at most twice `waits.connect`; takes no
  /// notice of wishes to end before that. The inbox must outlive the link.
  static attempt<std::unique_ptr<node_link>> open(std::string path, inbox& in, patience waits = {});

  ~node_link();
  node_link(const node_link&) = delete;
  node_link& operator=(const node_link&) = delete;

  /// Waits for the answer. Fails with the node's own words, when the node is lost or does not answer in time,
  /// and with a code of its own when somebody wants the program to end. `at_most` takes the place of the
  /// usual patience. `meanwhile` is called now and then while the answer is not there, with how long that has
  /// been.
  template <class Question>
  attempt<answer_to<Question>> ask(Question what, std::optional<std::chrono::milliseconds> at_most = {},
                                   const waiting_hook& meanwhile = {}) {
    auto got = wait_for(caf::make_message(std::move(what)), at_most, meanwhile);
    if (!got) return std::unexpected(std::move(got.error()));
    if (!got->template is<answer_to<Question>>())
      return std::unexpected(trouble{exit_code::refused,
                                     "the node gave another kind of answer than this program "
                                     "knows; use the tidemark that came with the node"});
    return got->template take<answer_to<Question>>();
  }

  /// The live stream of one import comes into the inbox for as long as the subscription lives.
  subscription follow(const std::string& import_id);

  const std::string& path() const noexcept { return path_; }
  /// The node's name.
  const std::string& node() const noexcept { return node_; }
  const patience& waits() const noexcept { return waits_; }

private:
  struct runtime;
  node_link(std::string path, inbox& in, patience waits);
  attempt<any_answer> wait_for(caf::message what, std::optional<std::chrono::milliseconds> at_most,
                               const waiting_hook& meanwhile);

  std::string path_;
  std::string node_;
  inbox& inbox_;
  patience waits_;
  std::unique_ptr<runtime> runtime_;
};

/// Ends with the object.
class subscription {
public:
  subscription(follower_actor actor, inbox& in) : actor_(std::move(actor)), inbox_(in) {}
  ~subscription();
  subscription(const subscription&) = delete;
  subscription& operator=(const subscription&) = delete;

  /// One more message is dealt with. Credit goes back to the node when half of it is used.
  void taken();

  /// Asks for a new snapshot.
  void renew();

private:
  follower_actor actor_;
  inbox& inbox_;
  std::uint32_t taken_ = 0;
};

} // namespace tidemark::cli
