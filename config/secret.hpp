/// A credential that cannot end up in a log by accident.
#pragma once

#include <string>
#include <utility>

namespace tidemark {

/// Text that has no stream operator, no formatter and no conversion: whoever needs the value says `reveal()`.
class secret {
public:
  secret() = default;
  explicit secret(std::string value) : value_(std::move(value)) {}

  /// The value itself. Only for signing and for handing to a library; never for a message or a log line.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }

  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

  friend bool operator==(const secret&, const secret&) = default;

private:
  std::string value_;
};

} // namespace tidemark
