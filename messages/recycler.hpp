/// Keeps large buffers for their next use.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tidemark {

inline std::size_t capacity_bytes(const std::string& text) noexcept { return text.capacity(); }

/// Hands out objects whose memory is used again: fresh memory of a megabyte costs more, in page faults, than
/// filling it with a page of records. `T` has `clear()`, which keeps the memory, and `capacity_bytes(T)` is
/// found beside it.
///
/// Thread-safe. What was taken may outlive the recycler.
template <class T>
class recycler {
public:
  /// Keeps at most `count` objects that nobody uses, none above `bytes`.
  recycler(std::size_t count, std::size_t bytes) : kept_(std::make_shared<shelf>(count, bytes)) {}

  /// An empty object; it comes back by itself when its last user lets go of it.
  [[nodiscard]] std::shared_ptr<T> take() {
    auto object = kept_->take();
    auto* raw = object.get();
    auto shared = std::shared_ptr<T>{raw, [to = kept_](T* used) { to->put(std::unique_ptr<T>{used}); }};
    static_cast<void>(object.release());
    return shared;
  }

private:
  struct shelf {
    shelf(std::size_t most, std::size_t largest) : most_kept(most), largest_kept(largest) {
      spare.reserve(most);
    }

    std::unique_ptr<T> take() {
      {
        const std::lock_guard guard{mutex};
        if (!spare.empty()) {
          auto object = std::move(spare.back());
          spare.pop_back();
          return object;
        }
      }
      return std::make_unique<T>();
    }

    void put(std::unique_ptr<T> object) noexcept {
      if (capacity_bytes(*object) > largest_kept) return;
      object->clear();
      const std::lock_guard guard{mutex};
      if (spare.size() < most_kept) spare.push_back(std::move(object)); // has room: does not throw
    }

    const std::size_t most_kept;
    const std::size_t largest_kept;
    std::mutex mutex;
    std::vector<std::unique_ptr<T>> spare;
  };

  std::shared_ptr<shelf> kept_;
};

} // namespace tidemark
