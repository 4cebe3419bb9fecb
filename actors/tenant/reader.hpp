/// Answers what people ask of tenants' ledgers, on threads that live as long as one answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/tenant/reading_turns.hpp"
#include "messages/inside/reader.hpp"
#include "messages/promise.hpp"
#include "store/ledger_reader.hpp"

namespace tidemark {

/// Questions that are answered at the same moment; the others wait.
inline constexpr std::size_t most_readings = 8;
/// The same of one database: where it lies may hang, and others are to be answered then.
inline constexpr std::size_t most_readings_of_each = 2;

struct reader_settings {
  bool threads = true; ///< not in a test that drives every actor
  /// How long a question waits for somebody who locks out readers too. A writer does not.
  std::chrono::milliseconds lock_patience{2000};
  /// How a database is opened; tests put their own in.
  std::function<outcome<std::unique_ptr<ledger_reader>>(const std::string&, std::chrono::milliseconds,
                                                        const std::optional<ownership>&)>
      open = [](const std::string& url, std::chrono::milliseconds patience,
                const std::optional<ownership>& known) { return open_ledger_reader(url, patience, known); };
};

struct reader_state {
  explicit reader_state(reader_actor::stateful_pointer<reader_state> actor) : self(actor) {}

  template <class Answer, class Question>
  caf::result<Answer> take(const ask_ledger<Question>& question);
  void thread_over(const caf::actor_addr& who);

  reader_actor::stateful_pointer<reader_state> self;
  reader_settings settings;

  static inline const char* name = "reader";

private:
  void begin_next();

  /// Each hands its question to the actor that is to answer it. What is left of them when this actor ends
  /// answers with an error.
  reading_turns<std::function<void(const reader_actor&)>> turns{most_readings, most_readings_of_each};
  std::map<caf::actor_addr, std::string> answering; ///< whoever does, and out of which database
};

/// One per node. A database is opened for each question and closed after it: nothing is held meanwhile, by
/// however many tenants.
reader_actor::behavior_type reader(reader_actor::stateful_pointer<reader_state> self,
                                   reader_settings settings);

} // namespace tidemark
