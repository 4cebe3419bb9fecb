/// Pure core of the reader: whose question is answered next.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace tidemark {

/// Databases take turns, so that many questions about one delay those about another by one answer at most. Of
/// each only so many are answered at the same moment: one that hangs does not keep the others from theirs.
template <class Question>
class reading_turns {
public:
  reading_turns(std::size_t most, std::size_t most_of_each) : most_(most), most_of_each_(most_of_each) {}

  void add(const std::string& database, Question question) {
    lanes_[database].waiting.push_back(std::move(question));
  }

  struct turn {
    std::string database;
    Question question;
  };

  /// What is to be answered now, and is being answered from here on; nothing if all that waits has to.
  std::optional<turn> next() {
    if (running_ >= most_) return std::nullopt;
    // Once around, beginning behind the one whose turn it was last.
    auto lane = lanes_.upper_bound(last_);
    for (std::size_t looked_at = 0; looked_at < lanes_.size(); ++looked_at, ++lane) {
      if (lane == lanes_.end()) lane = lanes_.begin();
      auto& [waiting, running] = lane->second;
      if (waiting.empty() || running >= most_of_each_) continue;
      turn result{lane->first, std::move(waiting.front())};
      waiting.pop_front();
      ++running;
      ++running_;
      last_ = lane->first;
      return result;
    }
    return std::nullopt;
  }

  /// One of its answers has been given, or is not going to be.
  void over(const std::string& database) {
    auto found = lanes_.find(database);
    if (found == lanes_.end() || found->second.running == 0) return;
    --running_;
    if (--found->second.running == 0 && found->second.waiting.empty()) lanes_.erase(found);
  }

private:
  struct lane {
    std::deque<Question> waiting = {};
    std::size_t running = 0;
  };

  std::size_t most_;
  std::size_t most_of_each_;
  std::size_t running_ = 0;
  std::map<std::string, lane> lanes_; ///< those with something that waits or runs
  std::string last_;
};

} // namespace tidemark
