/// A credential that cannot end up in a log by accident, nor in memory that nobody looks after.
#pragma once

#include <string>
#include <utility>

#include <string.h> // explicit_bzero

namespace tidemark {

/// Overwrites a text that held a credential, with the rest of its buffer, and empties it.
inline void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

/// Text that has no stream operator, no formatter and no conversion: whoever needs the value says `reveal()`.
/// It is overwritten when it goes, and where it was moved from.
class secret {
public:
  secret() = default;
  explicit secret(std::string&& value) : value_(std::move(value)) { wipe(value); }
  explicit secret(const char* value) : value_(value) {}
  secret(const secret&) = default;
  secret(secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
  secret& operator=(const secret& other) {
    if (this != &other) *this = secret{other};
    return *this;
  }
  secret& operator=(secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(value_);
    value_ = std::move(other.value_);
    wipe(other.value_); // a short text is copied by a move
    return *this;
  }
  ~secret() { wipe(value_); }

  /// The value itself. Only for signing and for handing to a library; never for a message or a log line.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }

  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

  friend bool operator==(const secret&, const secret&) = default;

private:
  std::string value_;
};

} // namespace tidemark
