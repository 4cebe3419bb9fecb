/// Pure core of the reader: whose question is answered next.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "actors/pool/fair_queue.hpp"

namespace tidemark {

/// Databases take turns (`fair_queue`), so that many questions about one delay those about another by one
/// answer at most. Of each only so many are answered at the same moment: one that hangs does not keep the
/// others from theirs.
template <class Question>
class reading_turns {
public:
  reading_turns(std::size_t most, std::size_t most_of_each) : most_(most), most_of_each_(most_of_each) {}

  struct turn {
    std::string database;
    Question question;
  };

  void add(const std::string& database, Question question) {
    queue_.push(++last_, {database, database}, urgency::interactive, false);
    waiting_.emplace(last_, turn{database, std::move(question)});
  }

  /// What is to be answered now, and is being answered from here on; nothing if all that waits has to.
  std::optional<turn> next() {
    if (running_ >= most_) return std::nullopt;
    auto who = queue_.pop([this](fair_queue::waiter_id id) {
      auto known = waiting_.find(id);
      return known != waiting_.end() && running_of(known->second.database) < most_of_each_;
    });
    auto found = who ? waiting_.extract(*who) : typename waiting_questions::node_type{};
    if (!found) return std::nullopt;
    ++running_of_[found.mapped().database];
    ++running_;
    return std::move(found.mapped());
  }

  /// One of its answers has been given, or is not going to be.
  void over(const std::string& database) {
    auto found = running_of_.find(database);
    if (found == running_of_.end()) return;
    --running_;
    if (--found->second == 0) running_of_.erase(found);
  }

private:
  using waiting_questions = std::map<fair_queue::waiter_id, turn>;

  std::size_t running_of(const std::string& database) const {
    auto found = running_of_.find(database);
    return found == running_of_.end() ? 0 : found->second;
  }

  std::size_t most_;
  std::size_t most_of_each_;
  std::size_t running_ = 0;
  std::map<std::string, std::size_t> running_of_; ///< by database; none is zero
  fair_queue queue_;
  waiting_questions waiting_;
  fair_queue::waiter_id last_ = 0;
};

} // namespace tidemark
