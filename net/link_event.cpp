#include "net/link_event.hpp"

#include <array>

namespace tidemark::net {

std::string_view to_string(link_event_kind kind) noexcept {
  constexpr std::array names{"link_opened",    "link_closed",        "link_refused", "link_handshake_timeout",
                             "link_violation", "link_dropped_frame", "link_stalled", "door_trouble"};
  static_assert(names.size() == static_cast<std::size_t>(link_event_kind::trouble) + 1);
  auto index = static_cast<std::size_t>(kind);
  return index < names.size() ? names[index] : "unknown";
}

} // namespace tidemark::net
