/// Internal: carries one direction of a link through its frame filter. Includes Asio.
#pragma once

#include "net/frame_filter.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace tidemark::net {

/// Bytes held at most per direction of a link.
inline constexpr std::size_t pump_capacity = 32u << 10;
static_assert(pump_capacity >= frame_filter::lookahead);

/// How a direction ended.
struct pump_end {
  enum class cause : std::uint8_t {
    /// The source was closed in good order.
    eof,
    /// The source or the sink failed, or the link was cut: `error` says it.
    failed,
    /// The filter refused the stream: `refusal` says why.
    refused,
  };
  cause why = cause::eof;
  boost::system::error_code error = {};
  frame_filter::step refusal = {};
};

/// Copies from `source` what `filter` lets pass, until the source ends. Reads nothing while a delivery is
/// under way, so that a slow sink holds its source back and memory stays at `pump_capacity`.
///
/// `deliver(bytes)` is an awaitable that writes all of them and returns an error code; `dropped(step)` is
/// told once about each frame that was left out.
template <class Source, class Deliver, class Dropped>
boost::asio::awaitable<pump_end> pump(Source& source, frame_filter& filter, Deliver deliver,
                                      Dropped dropped) {
  constexpr auto tuple = boost::asio::as_tuple(boost::asio::use_awaitable);
  std::vector<std::byte> buffer(pump_capacity);
  std::size_t held = 0;
  for (;;) {
    auto free = std::span{buffer}.subspan(held);
    auto [error, count] =
        co_await source.async_read_some(boost::asio::buffer(free.data(), free.size()), tuple);
    if (error == boost::asio::error::eof) co_return pump_end{pump_end::cause::eof};
    if (error) co_return pump_end{pump_end::cause::failed, error};
    auto pending = std::span<const std::byte>{buffer}.first(held + count);
    for (auto waiting = false; !waiting;) {
      auto step = filter.next(pending);
      switch (step.what) {
      case frame_filter::action::wait: waiting = true; break;
      case frame_filter::action::refuse: co_return pump_end{pump_end::cause::refused, {}, std::move(step)};
      case frame_filter::action::drop:
        if (step.why != breach::none) dropped(step);
        break;
      case frame_filter::action::forward: {
        auto failed = co_await deliver(pending.first(step.bytes));
        if (failed) co_return pump_end{pump_end::cause::failed, failed};
        break;
      }
      }
      pending = pending.subspan(step.bytes);
    }
    held = pending.size();
    std::memmove(buffer.data(), pending.data(), held);
  }
}

} // namespace tidemark::net
