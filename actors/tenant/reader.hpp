/// Answers what people ask of tenants' ledgers, on threads that live as long as one answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>

#include "messages/inside/reader.hpp"
#include "messages/promise.hpp"

namespace tidemark {

struct reader_settings {
  std::size_t most_threads = 4; ///< questions that are answered at the same moment; the others wait
  bool threads = true;          ///< not in a test that drives every actor
  /// How long a question waits for somebody who locks out readers too. A writer does not.
  std::chrono::milliseconds lock_patience{2000};
};

struct reader_state {
  explicit reader_state(reader_actor::stateful_pointer<reader_state> actor) : self(actor) {}

  template <class Answer, class Question>
  caf::result<Answer> take(const ask_ledger<Question>& question);
  void thread_over();

  reader_actor::stateful_pointer<reader_state> self;
  reader_settings settings;

  static inline const char* name = "reader";

private:
  void begin_next();

  /// Each hands its question to the actor that is to answer it. What is left of them when this actor ends
  /// answers with an error.
  std::deque<std::function<void(const reader_actor&)>> waiting;
  std::size_t running = 0;
};

/// One per node. A database is opened for each question and closed after it: nothing is held meanwhile, by
/// however many tenants.
reader_actor::behavior_type reader(reader_actor::stateful_pointer<reader_state> self,
                                   reader_settings settings);

} // namespace tidemark
