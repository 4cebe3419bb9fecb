/// A file beside a tenant's database by which one node sees whether another one still serves the tenant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "messages/words.hpp"
#include "net/unique_fd.hpp"

namespace tidemark {

/// Who serves, or served, a tenant.
struct mark_holder {
  std::string node;
  std::int64_t process = 0;
  std::string host;
  unix_ms since = 0;

  friend bool operator==(const mark_holder&, const mark_holder&) = default;
};

/// This process, from now on.
mark_holder this_process(const std::string& node, unix_ms now);

/// "node a (process 12 on host b, since 2024-02-29 12:00:00 UTC)"
std::string to_text(const mark_holder& who);

/// Locked by whoever serves the tenant, for as long as they do: the system gives the lock back however they
/// end. The fence in the database decides who may write; this only tells people whether its owner before has
/// died or is at work. Where the file cannot be made or locked, nothing is known.
class owner_mark {
public:
  owner_mark() = default;
  owner_mark(const std::string& database, mark_holder mine);

  /// Takes the mark unless somebody else has it. True if that is so, also if it was taken before.
  bool take();

  /// Another process has it. What served the tenant in this one before may not be gone yet.
  bool is_held_by_other() const noexcept;

  /// Whoever has it, or had it last before this one and did not stop cleanly; nothing if that is not known.
  const std::optional<mark_holder>& other() const noexcept { return other_; }

  /// What is known of an owner before this one that did not say that it stopped: a sentence.
  std::string fate_of_other() const;

  /// A clean stop: the next one finds nobody.
  void let_go();

private:
  std::string path_;
  mark_holder mine_;
  net::unique_fd file_;
  bool taken_ = false;
  bool contested_ = false;
  bool left_ = false; ///< a clean stop: not taken again
  std::optional<mark_holder> other_;
};

} // namespace tidemark
