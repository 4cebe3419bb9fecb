#include "netsuite/http_transfer.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netsuite/http_fields.hpp"

namespace tidemark {

namespace {

// A Content-Length is only a claim: more than this is not reserved before the bytes are there.
constexpr std::size_t largest_reservation = std::size_t{4} << 20;

// As much as a connection has ready is taken at once.
constexpr long receive_buffer = 192L << 10;

/// Host and port of a URL, for messages.
std::string_view host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
  return url;
}

// Nobody packs twice for a good reason; each more would be a way to fill the memory.
constexpr std::size_t most_layers = 2;

/// How often a Content-Encoding field says gzip: it lists what was applied, in that order, and may stand
/// several times (RFC 9110, sections 8.4 and 5.3). x-gzip is the same (8.4.1.3). What we never asked for is
/// left as it is: some say "utf-8" here, and mean nothing.
std::size_t gzip_layers(std::string_view codings) noexcept {
  std::size_t layers = 0;
  while (!codings.empty()) {
    auto coding = codings.substr(0, codings.find(','));
    codings.remove_prefix(std::min(coding.size() + 1, codings.size()));
    while (coding.starts_with(' ') || coding.starts_with('	')) coding.remove_prefix(1);
    while (coding.ends_with(' ') || coding.ends_with('	')) coding.remove_suffix(1);
    if (same_field(coding, "gzip") || same_field(coding, "x-gzip")) ++layers;
  }
  return layers;
}

transport_result result_of(CURLcode code) noexcept {
  switch (code) {
  case CURLE_OK: return transport_result::ok;
  case CURLE_OPERATION_TIMEDOUT: return transport_result::timeout;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT: return transport_result::unreachable;
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_WRITE_ERROR: return transport_result::broken;
  case CURLE_FILESIZE_EXCEEDED: return transport_result::body_too_large;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS: return transport_result::tls;
  default: return transport_result::failed;
  }
}

curl_socket_t open_socket(void* counter, curlsocktype, curl_sockaddr* address) noexcept {
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0) return CURL_SOCKET_BAD;
  static_cast<std::atomic<std::uint64_t>*>(counter)->fetch_add(1, std::memory_order_relaxed);
  return socket;
}

int close_socket(void* counter, curl_socket_t socket) noexcept {
  static_cast<std::atomic<std::uint64_t>*>(counter)->fetch_sub(1, std::memory_order_relaxed);
  return ::close(socket);
}

std::optional<std::string> fault_of(const http_request& request) {
  if (request.method != "GET" && request.method != "POST" && request.method != "OPTIONS")
    return fmt::format("the method '{}' is not supported; use GET, POST or OPTIONS", request.method);
  for (const auto& header : request.headers)
    if (!split_header(header) || header.find_first_of("\r\n") != std::string::npos)
      return fmt::format("a header field is malformed: {}", header.substr(0, header.find(':')));
  return std::nullopt;
}

} // namespace

http_transfer::http_transfer(http_request request, http_engine::closed on_closed,
                             std::shared_ptr<std::string> body)
    : request_(std::move(request)), on_closed_(std::move(on_closed)) {
  response_.id = request_.id;
  response_.body = std::move(body);
}

std::optional<std::string> http_transfer::prepare(easy_handle handle, const http_engine_options& options,
                                                  const std::vector<std::string>& addresses,
                                                  std::atomic<std::uint64_t>& open_sockets) {
  handle_ = std::move(handle);
  if (!handle_) return "libcurl has no memory for another transfer";
  if (auto fault = fault_of(request_)) return fault;
  response_.max_body = options.max_body;
  const auto total_timeout = request_.total_timeout.count() > 0
                                 ? std::min(request_.total_timeout, options.total_timeout)
                                 : options.total_timeout;
  auto ok = true;
  const auto set = [&](CURLoption option, auto value) {
    ok = curl_easy_setopt(handle_.get(), option, value) == CURLE_OK && ok;
  };
  const auto append = [](auto& list, const std::string& text) {
    auto* longer = curl_slist_append(list.get(), text.c_str());
    if (longer == nullptr) return false;
    static_cast<void>(list.release());
    list.reset(longer);
    return true;
  };
  for (const auto& header : request_.headers)
    if (!append(headers_, header)) return "libcurl has no memory for the header fields";
  // With a plus they age as those that were looked up.
  for (const auto& address : addresses)
    if (!append(addresses_, "+" + address)) return "libcurl has no memory for the addresses";
  if (addresses_) set(CURLOPT_RESOLVE, addresses_.get());
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (request_.method == "POST") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.c_str());
  } else if (request_.method == "OPTIONS") {
    set(CURLOPT_CUSTOMREQUEST, "OPTIONS");
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_USERAGENT, "tidemark/" TIDEMARK_VERSION);
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  // Unpacking a page takes ten times as long as reading it, and this thread serves all accounts.
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_BUFFERSIZE, receive_buffer);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(total_timeout.count()));
  set(CURLOPT_DNS_CACHE_TIMEOUT, static_cast<long>(options.address_lifetime.count()));
  set(CURLOPT_IPRESOLVE, static_cast<long>(CURL_IPRESOLVE_WHATEVER));
  set(CURLOPT_MAXAGE_CONN, static_cast<long>(options.idle_lifetime.count()));
  if (request_.fresh_connection) set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_PREREQFUNCTION, &http_transfer::on_send);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  // Both set, or the environment would be asked: what is configured is all that counts.
  set(CURLOPT_PROXY, options.proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  if (!options.proxy.empty()) // without a password
    way_ = fmt::format(" through the proxy {}", options.proxy.substr(options.proxy.find_last_of("@/") + 1));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADERFUNCTION, &http_transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &http_transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&open_sockets));
  set(CURLOPT_CLOSESOCKETFUNCTION, &close_socket);
  set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(&open_sockets));
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  if (!ok) return "libcurl refused an option of the transfer";
  return std::nullopt;
}

std::uint64_t http_transfer::connects() const noexcept {
  long count = 0;
  if (handle_) curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &count);
  return static_cast<std::uint64_t>(std::max(count, 0L));
}

bool http_transfer::is_lost(CURLcode result) const noexcept {
  if (response_.first_byte) return false;
  if (result == CURLE_ABORTED_BY_CALLBACK) return sent_ > 1;
  const bool peer_left =
      result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR || result == CURLE_GOT_NOTHING;
  return peer_left && connects() == 0;
}

http_response http_transfer::close(CURLcode result) {
  auto transport = too_large_        ? transport_result::body_too_large
                   : is_lost(result) ? transport_result::lost
                                     : result_of(result);
  if (transport != transport_result::ok) {
    std::string_view text{error_text_.data()};
    if (too_large_) text = "the body is larger than the bound";
    if (out_of_memory_) text = "no memory for the body";
    if (transport == transport_result::lost) text = "the peer closed it";
    if (text.empty()) text = curl_easy_strerror(result);
    return close(transport, std::string{text});
  }
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &response_.status);
  response_.body->reserve(response_.body->size() + simdjson::SIMDJSON_PADDING);
  return close(transport_result::ok, {});
}

http_response http_transfer::close(transport_result result, std::string text) {
  response_.transport = result;
  if (result != transport_result::ok) {
    response_.transport_text = fmt::format("{}{}: {}", host_of(request_.url), way_, text);
    response_.status = 0;
    response_.body = std::make_shared<std::string>();
    response_.packed = 0;
  }
  if (!retry_after_.empty()) {
    const auto here = std::chrono::system_clock::now().time_since_epoch();
    const auto local = std::chrono::duration_cast<std::chrono::milliseconds>(here).count();
    response_.retry_after =
        parse_retry_after(retry_after_, response_.server_date != 0 ? response_.server_date : local);
  }
  response_.new_connection = connects() > 0;
  response_.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started_);
  return std::move(response_);
}

easy_handle http_transfer::release_handle() {
  if (handle_) curl_easy_reset(handle_.get());
  return std::move(handle_);
}

/// libcurl repeats a request whose kept connection breaks, on other kept ones first. A signature counts once,
/// so the second time is refused: whoever asked signs anew.
int http_transfer::on_send(void* self, char*, char*, int, int) noexcept {
  auto& transfer = *static_cast<http_transfer*>(self);
  return ++transfer.sent_ == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t http_transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<http_transfer*>(self);
  try {
    transfer.read_header({data, size * count});
  } catch (...) {
    transfer.out_of_memory_ = true;
    return 0;
  }
  return transfer.too_large_ ? 0 : size * count;
}

std::size_t http_transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<http_transfer*>(self);
  try {
    return transfer.read_body({data, size * count}) ? size * count : 0;
  } catch (...) {
    transfer.out_of_memory_ = true;
    return 0;
  }
}

void http_transfer::read_header(std::string_view line) {
  response_.first_byte = true;
  if (line.starts_with("HTTP/")) {
    // The head of an interim answer (100 Continue) says nothing about the one that counts.
    response_.content_type.clear();
    response_.operation_id.clear();
    response_.server_date = 0;
    retry_after_.clear();
    body_expected_ = 0;
    response_.packed = 0;
    return;
  }
  const auto field = split_header(line);
  if (!field) return;
  if (same_field(field->name, "Content-Type")) {
    response_.content_type = field->value;
  } else if (same_field(field->name, "X-N-OperationId")) {
    response_.operation_id = field->value;
  } else if (same_field(field->name, "Date")) {
    response_.server_date = parse_http_date(field->value).value_or(0);
  } else if (same_field(field->name, "Retry-After")) {
    retry_after_ = field->value;
  } else if (same_field(field->name, "Content-Length")) {
    std::size_t length = 0;
    std::from_chars(field->value.data(), field->value.data() + field->value.size(), length);
    too_large_ = length > response_.max_body;
    body_expected_ = length;
  } else if (same_field(field->name, "Content-Encoding")) {
    response_.packed = static_cast<std::uint8_t>(
        std::min<std::size_t>(response_.packed + gzip_layers(field->value), most_layers));
  }
}

bool http_transfer::read_body(std::string_view bytes) {
  response_.first_byte = true;
  auto& body = *response_.body;
  if (bytes.size() > response_.max_body - body.size()) {
    too_large_ = true;
    return false;
  }
  if (body.empty()) body.reserve(std::min(body_expected_, largest_reservation) + simdjson::SIMDJSON_PADDING);
  const auto needed = body.size() + bytes.size() + simdjson::SIMDJSON_PADDING;
  if (needed > body.capacity()) body.reserve(std::max(needed, 2 * body.capacity()));
  body.append(bytes);
  return true;
}

} // namespace tidemark
