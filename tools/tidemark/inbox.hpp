/// Where everything that the main thread waits for comes together: answers, the live stream, signals, and
/// the loss of the node.
#pragma once

#include "messages/caf_compat.hpp"
#include "messages/error.hpp"
#include "messages/wire/journal.hpp"
#include "tools/tidemark/exit_code.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <variant>

namespace tidemark::cli {

/// A node's answer, of the type that its question has.
class any_answer {
public:
  explicit any_answer(caf::message got) : value_(std::move(got)) {}

  template <class Answer>
  bool is() const {
    return value_.match_elements<Answer>();
  }

  /// Only one for which `is` holds.
  template <class Answer>
  Answer take() {
    return std::move(value_.get_mutable_as<Answer>(0));
  }

private:
  caf::message value_;
};

struct node_lost {
  failure why;
};

/// Somebody wants the program to end; the code to end with.
struct interrupted {
  exit_code code = exit_code::interrupted;
};

/// The terminal changed: its size, or what stands on it.
struct terminal_changed {
  bool overwritten = false; ///< somebody else may have written on it
};

/// Nothing came in time.
struct nothing {};

using clock = std::chrono::steady_clock;

/// Thread-safe. One thread waits, any thread puts.
class inbox {
public:
  using reply = std::variant<attempt<any_answer>, node_lost, interrupted>;
  using stream_news =
      std::variant<journal_snapshot, import_event, terminal_changed, node_lost, interrupted, nothing>;

  /// A number for a question whose answer this thread is going to wait for. Late answers to earlier ones are
  /// dropped.
  std::uint64_t next_question();
  void put(std::uint64_t question, attempt<any_answer> got);
  void put(journal_snapshot snapshot);
  void put(import_event event);
  void put(terminal_changed change);
  void put(interrupted wish);
  /// Final until `forget_loss`: every wait ends with it, once what came before has been taken.
  void put(node_lost loss);

  /// Waits for the answer to the last question. A wish to end comes first, and is taken with it.
  reply wait_for_answer();
  /// Waits until `wait_for_answer` would not wait. False if that is not so at the deadline.
  bool has_answer(clock::time_point deadline);
  /// Waits for the next of the live stream. A wish to end comes first; the loss of the node comes last.
  stream_news wait_for_stream(clock::time_point deadline);
  /// Forgets what is left of a stream that nobody follows any more.
  void clear_stream();
  bool is_lost();
  /// Forgets the loss of a node whose link is gone altogether: another link may use the inbox now.
  void forget_loss();

  /// Called in the thread that puts, at each put, for a thread that waits for something else as well: must
  /// not block, nor come back here. None: nobody does.
  void wake_by(std::function<void()> wake);

private:
  /// Runs `change` under the lock and wakes the waiting thread.
  template <class Change>
  void update(Change change);

  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t question_ = 0;
  std::optional<attempt<any_answer>> answer_;
  std::deque<std::variant<journal_snapshot, import_event>> stream_;
  std::optional<terminal_changed> terminal_;
  std::optional<interrupted> interrupted_;
  std::optional<node_lost> lost_;
};

} // namespace tidemark::cli
