#include "net/link.hpp"

#include <atomic>

namespace tidemark::net {

std::uint64_t next_link_number() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

} // namespace tidemark::net
