/// One exchange inside the http engine: its libcurl handle and what its callbacks gather. Internal to the
/// engine.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "netsuite/http_engine.hpp"

namespace tidemark {

struct easy_deleter {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
using easy_handle = std::unique_ptr<CURL, easy_deleter>;

struct header_list_deleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

/// Does not move: libcurl holds its address while the transfer is open.
class http_transfer {
public:
  /// `body`: empty, for what the peer will answer.
  http_transfer(http_request request, http_engine::closed on_closed, std::shared_ptr<std::string> body);

  http_transfer(const http_transfer&) = delete;
  http_transfer& operator=(const http_transfer&) = delete;

  [[nodiscard]] transfer_id id() const noexcept { return request_.id; }

  /// Sets the handle up; `open_sockets` outlives it. On a request that cannot be sent, says why.
  [[nodiscard]] std::optional<std::string> prepare(easy_handle handle, const http_engine_options& options,
                                                   const std::vector<std::string>& addresses,
                                                   std::atomic<std::uint64_t>& open_sockets);

  [[nodiscard]] CURL* handle() const noexcept { return handle_.get(); }

  /// How many connections it opened so far; only before `close`.
  [[nodiscard]] std::uint64_t connects() const noexcept;

  /// The response for this end of the transfer. Call once.
  [[nodiscard]] http_response close(CURLcode result);
  [[nodiscard]] http_response close(transport_result result, std::string text);

  /// Hands the response to whoever submitted the request.
  void report(http_response response) { on_closed_(std::move(response)); }

  /// The handle without anything of this transfer, to be used again.
  [[nodiscard]] easy_handle release_handle();

private:
  static int on_send(void* self, char*, char*, int, int) noexcept;
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;

  void read_header(std::string_view line);
  bool read_body(std::string_view bytes);
  [[nodiscard]] bool is_lost(CURLcode result) const noexcept;

  http_request request_;
  http_engine::closed on_closed_;
  http_response response_;
  std::string retry_after_;
  std::string way_; ///< for people: the proxy, if there is one
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  bool too_large_ = false;
  bool out_of_memory_ = false;
  std::size_t body_expected_ = 0; ///< bytes, as sent, if the answer tells
  int sent_ = 0;                  ///< how often libcurl was about to send the request
  std::unique_ptr<curl_slist, header_list_deleter> headers_;
  std::unique_ptr<curl_slist, header_list_deleter> addresses_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  easy_handle handle_;
};

} // namespace tidemark
