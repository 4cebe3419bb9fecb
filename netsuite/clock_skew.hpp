/// How far this machine's clock is from the server's. A pure core.
#pragma once

#include <chrono>

#include "messages/words.hpp"

namespace tidemark {

/// NetSuite refuses signatures that are more than five minutes off, so requests are signed with the server's
/// time. It is learned from the Date fields of answers. One that was let in proves that the time it was
/// signed with was right to five minutes, whatever its Date says: such answers move the offset by a quarter
/// of the difference, two minutes at most at once, and never by more than four from where the last refusal
/// set it.
class clock_skew {
public:
  /// The largest move by one observation.
  static constexpr std::chrono::milliseconds max_step = std::chrono::minutes{2};
  /// The largest by all since the last refusal.
  static constexpr std::chrono::milliseconds max_drift = std::chrono::minutes{4};

  /// `server_date` as in `http_response` (zero is ignored), `local` the local time when the answer arrived.
  void observe(unix_ms server_date, unix_ms local) noexcept;

  /// The same of an answer that refuses a signature: the time may be why, so its Date is believed.
  void observe_refusal(unix_ms server_date, unix_ms local) noexcept;

  /// The server's time when it is `local` here.
  [[nodiscard]] unix_ms correct(unix_ms local) const noexcept { return local + offset_; }

  /// Milliseconds that the server is ahead.
  [[nodiscard]] std::chrono::milliseconds offset() const noexcept {
    return std::chrono::milliseconds{offset_};
  }

private:
  unix_ms offset_ = 0;
  unix_ms anchor_ = 0; ///< as the last refusal has told
};

} // namespace tidemark
