/// How far this machine's clock is from the server's. A pure core.
#pragma once

#include <chrono>

#include "messages/words.hpp"

namespace tidemark {

/// NetSuite refuses signatures that are more than five minutes off, so requests are signed with the server's
/// time. It is learned from the Date fields of answers. The first answer is believed; later ones move the
/// offset by a quarter of the difference and by two minutes at most, so that one odd answer does little harm.
class clock_skew {
public:
  /// The largest move by one observation after the first.
  static constexpr std::chrono::milliseconds max_step = std::chrono::minutes{2};

  /// `server_date` as in `http_response` (zero is ignored), `local` the local time when the answer arrived.
  void observe(unix_ms server_date, unix_ms local) noexcept;

  /// The same of an answer that refuses a signature: the time may be why, so it is learned anew, as from a
  /// first answer.
  void observe_refusal(unix_ms server_date, unix_ms local) noexcept;

  /// The server's time when it is `local` here.
  [[nodiscard]] unix_ms correct(unix_ms local) const noexcept { return local + offset_; }

  /// Milliseconds that the server is ahead.
  [[nodiscard]] std::chrono::milliseconds offset() const noexcept {
    return std::chrono::milliseconds{offset_};
  }

private:
  unix_ms offset_ = 0;
  bool known_ = false;
};

} // namespace tidemark
