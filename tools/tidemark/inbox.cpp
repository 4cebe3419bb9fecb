#include "tools/tidemark/inbox.hpp"

#include <utility>

namespace tidemark::cli {

std::uint64_t inbox::next_question() {
  std::lock_guard guard{mutex_};
  answer_.reset();
  return ++question_;
}

template <class Change>
void inbox::update(Change change) {
  std::lock_guard guard{mutex_};
  change();
  changed_.notify_one();
  if (wake_) wake_();
}

void inbox::wake_by(std::function<void()> wake) {
  std::lock_guard guard{mutex_};
  wake_ = std::move(wake);
}

void inbox::put(std::uint64_t question, attempt<any_answer> got) {
  update([&] {
    if (question == question_) answer_ = std::move(got);
  });
}

void inbox::put(journal_snapshot snapshot) {
  update([&] { stream_.emplace_back(std::move(snapshot)); });
}

void inbox::put(import_event event) {
  update([&] { stream_.emplace_back(std::move(event)); });
}

void inbox::put(terminal_changed change) {
  update([&] { terminal_ = terminal_changed{change.overwritten || (terminal_ && terminal_->overwritten)}; });
}

void inbox::put(interrupted wish) {
  update([&] { interrupted_ = wish; });
}

void inbox::put(node_lost loss) {
  update([&] {
    if (!lost_) lost_ = std::move(loss);
  });
}

inbox::reply inbox::wait_for_answer() {
  std::unique_lock guard{mutex_};
  changed_.wait(guard, [&] { return interrupted_ || answer_ || lost_; });
  if (interrupted_) return *std::exchange(interrupted_, std::nullopt);
  if (answer_) return *std::exchange(answer_, std::nullopt);
  return *lost_;
}

bool inbox::has_answer(clock::time_point deadline) {
  std::unique_lock guard{mutex_};
  return changed_.wait_until(guard, deadline, [&] { return interrupted_ || answer_ || lost_; });
}

inbox::stream_news inbox::wait_for_stream(clock::time_point deadline) {
  std::unique_lock guard{mutex_};
  changed_.wait_until(guard, deadline,
                      [&] { return interrupted_ || terminal_ || !stream_.empty() || lost_; });
  if (interrupted_) return *std::exchange(interrupted_, std::nullopt);
  if (terminal_) return *std::exchange(terminal_, std::nullopt);
  if (!stream_.empty()) {
    auto next = std::move(stream_.front());
    stream_.pop_front();
    return std::visit([](auto& x) -> stream_news { return std::move(x); }, next);
  }
  if (lost_) return *lost_;
  return nothing{};
}

bool inbox::is_lost() {
  std::lock_guard guard{mutex_};
  return lost_.has_value();
}

void inbox::forget_loss() {
  std::lock_guard guard{mutex_};
  lost_.reset();
  answer_.reset();
  stream_.clear();
}

void inbox::clear_stream() {
  std::lock_guard guard{mutex_};
  stream_.clear();
}

} // namespace tidemark::cli
