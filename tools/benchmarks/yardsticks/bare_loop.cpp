/// The bare loop: what copying a table of 25 columns costs where nothing is planned, proven, resumed, told or
/// cancelled. The yardstick of docs/performance.md; it shares no code with what it measures, and is frozen: a
/// change here makes figures of before worthless.
///
///     bare_loop URL DATABASE COLUMNS [--threads 1|2]
///
/// COLUMNS: name:kind,... of `customer`, the key first; kinds are integer, boolean, text and datetime.
#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <simdjson.h>
#include <sqlite3.h>

namespace {

constexpr int page_rows = 1000;
constexpr std::size_t rows_at_once = 50; // of an upsert: 6 % less in all than with one
constexpr std::string_view realm = "1234567_SB1";
constexpr std::string_view consumer_key = "made-up-consumer-key";
constexpr std::string_view consumer_secret = "made-up-consumer-secret";
constexpr std::string_view token_id = "made-up-token";
constexpr std::string_view token_secret = "made-up-token-secret";

enum class kind : std::uint8_t { integer, boolean, text, datetime };

std::uint64_t eight_bytes(const char* text) noexcept {
  std::uint64_t out = 0;
  std::memcpy(&out, text, sizeof out);
  return out;
}

struct column {
  column(std::string_view called, kind holds) : name(called), is(holds) {
    std::string start = name + '"';
    std::string counts(start.size(), '\xff');
    start.resize(std::max<std::size_t>(start.size(), 8));
    counts.resize(start.size());
    first = eight_bytes(start.data());
    mask = eight_bytes(counts.data());
  }

  /// Whether its name and a quote stand there; eight bytes can be read.
  bool starts(const char* text) const noexcept {
    return ((eight_bytes(text) ^ first) & mask) == 0
           && (name.size() < 8
               || (std::memcmp(text + 8, name.data() + 8, name.size() - 8) == 0 && text[name.size()] == '"'));
  }

  std::string name;
  kind is;
  std::uint64_t first = 0; ///< bytes of its name with a quote behind it
  std::uint64_t mask = 0;  ///< those of them that count
};

std::vector<column> read_columns(std::string_view text) {
  std::vector<column> out;
  while (!text.empty()) {
    const auto one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const auto colon = one.find(':');
    if (colon == std::string_view::npos) throw std::runtime_error("a column has no kind");
    const auto word = one.substr(colon + 1);
    const auto is = word == "integer"    ? kind::integer
                    : word == "boolean"  ? kind::boolean
                    : word == "datetime" ? kind::datetime
                                         : kind::text;
    out.emplace_back(one.substr(0, colon), is);
  }
  return out;
}

// -- fetching ------------------------------------------------------------------------------------

std::string escaped(CURL* curl, std::string_view text) {
  char* out = curl_easy_escape(curl, text.data(), static_cast<int>(text.size()));
  std::string result{out};
  curl_free(out);
  return result;
}

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

/// Keyset pages, one after the other, on one connection.
class source {
public:
  source(std::string_view base, const std::vector<column>& columns)
      : url_(std::string{base} + "/services/rest/query/v1/suiteql"), curl_(curl_easy_init()) {
    for (const auto& x : columns) {
      select_ += select_.empty() ? "SELECT " : ", ";
      if (x.is == kind::datetime)
        select_ +=
            "TO_CHAR(SYS_EXTRACT_UTC(t." + x.name + R"(),'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS )" + x.name;
      else
        select_ += "t." + x.name + " AS " + x.name;
    }
    select_ += " FROM customer t";
    packed_.reserve(std::size_t{1} << 20);
    const auto whole = url_ + "?limit=" + std::to_string(page_rows);
    curl_easy_setopt(curl_, CURLOPT_URL, whole.c_str());
    curl_easy_setopt(curl_, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(curl_, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(curl_, CURLOPT_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &packed_);
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  }
  ~source() {
    libdeflate_free_decompressor(unpacker_);
    curl_easy_cleanup(curl_);
  }
  source(const source&) = delete;
  source& operator=(const source&) = delete;

  /// The rows behind the last one into `body`; false once there are no more after these.
  bool next(std::string& body) {
    const auto where = last_ ? " WHERE t.id > " + std::to_string(*last_) : std::string{};
    const auto query = R"({"q":")" + select_ + where + R"( ORDER BY t.id ASC"})";
    ask(query);
    unpack(body);
    // A quote inside of a text has a backslash before it, so this is no text.
    constexpr std::string_view key = R"("id":")";
    const auto at = body.rfind(key);
    if (at == std::string::npos) return false;
    std::int64_t number = 0;
    std::from_chars(body.data() + at + key.size(), body.data() + body.size(), number);
    last_ = number;
    // It stands before the items.
    return std::string_view{body}.substr(0, 4096).find(R"("hasMore":true)") != std::string_view::npos;
  }

private:
  void ask(const std::string& query) {
    packed_.clear();
    const auto login = "Authorization: " + sign();
    curl_slist* headers = curl_slist_append(nullptr, "Prefer: transient");
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, login.c_str());
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(query.size()));
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, query.c_str());
    const auto result = curl_easy_perform(curl_);
    curl_slist_free_all(headers);
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK || status != 200)
      throw std::runtime_error(std::string{"a page did not come: "} + curl_easy_strerror(result) + ", status "
                               + std::to_string(status));
  }

  /// Token-based authentication, HMAC-SHA256.
  std::string sign() {
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::string nonce;
    for (int i = 0; i < 24; ++i) nonce += letters[random_() % letters.size()];
    const auto time = std::to_string(std::time(nullptr));
    const auto parameters = "limit=" + std::to_string(page_rows)
                            + "&oauth_consumer_key=" + std::string{consumer_key} + "&oauth_nonce=" + nonce
                            + "&oauth_signature_method=HMAC-SHA256&oauth_timestamp=" + time
                            + "&oauth_token=" + std::string{token_id} + "&oauth_version=1.0";
    const auto base = "POST&" + escaped(curl_, url_) + "&" + escaped(curl_, parameters);
    const auto key = std::string{consumer_secret} + "&" + std::string{token_secret};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(base.data()), base.size(), digest.data(), &length);
    std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> text{};
    EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
    return "OAuth realm=\"" + std::string{realm} + "\",oauth_consumer_key=\"" + std::string{consumer_key}
           + "\",oauth_token=\"" + std::string{token_id}
           + "\",oauth_signature_method=\"HMAC-SHA256\",oauth_timestamp=\"" + time + "\",oauth_nonce=\""
           + nonce + "\",oauth_version=\"1.0\",oauth_signature=\""
           + escaped(curl_, reinterpret_cast<const char*>(text.data())) + "\"";
  }

  void unpack(std::string& body) {
    if (packed_.size() < 4) throw std::runtime_error("an answer is empty");
    std::size_t size = 0;
    for (std::size_t i = 1; i <= 4; ++i)
      size = size << 8U | static_cast<std::uint8_t>(packed_[packed_.size() - i]);
    body.reserve(size + simdjson::SIMDJSON_PADDING);
    body.resize(size);
    if (libdeflate_gzip_decompress(unpacker_, packed_.data(), packed_.size(), body.data(), size, nullptr)
        != LIBDEFLATE_SUCCESS)
      throw std::runtime_error("an answer is no gzip stream");
  }

  std::string url_;
  std::string select_;
  CURL* curl_;
  libdeflate_decompressor* unpacker_ = libdeflate_alloc_decompressor();
  std::string packed_;
  std::optional<std::int64_t> last_;
  std::mt19937_64 random_{std::random_device{}()};
};

// -- storing -------------------------------------------------------------------------------------

/// One transaction for each page, one upsert for as many rows as pay.
class sink {
public:
  sink(const char* path, std::vector<column> columns) : columns_(std::move(columns)) {
    if (sqlite3_open_v2(path, &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr)
        != SQLITE_OK)
      throw std::runtime_error("the database does not open");
    run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "PRAGMA wal_autocheckpoint = 2048");
    std::string declared, places, assigned;
    for (const auto& x : columns_) {
      const auto is_number = x.is == kind::integer || x.is == kind::boolean;
      declared += (declared.empty() ? "" : ", ") + x.name + (is_number ? " INTEGER" : " TEXT");
      if (places.empty()) declared += " PRIMARY KEY";
      if (!places.empty()) assigned += (assigned.empty() ? "" : ", ") + x.name + " = excluded." + x.name;
      places += places.empty() ? "?" : ", ?";
    }
    run(("CREATE TABLE customer (" + declared + ") STRICT").c_str());
    auto row = "(" + places + ")";
    const auto conflict = " ON CONFLICT (" + columns_[0].name + ") DO UPDATE SET " + assigned;
    one_ = prepare(("INSERT INTO customer VALUES " + row + conflict).c_str());
    std::string rows = row;
    for (std::size_t i = 1; i < rows_at_once; ++i) rows += ", " + row;
    many_ = prepare(("INSERT INTO customer VALUES " + rows + conflict).c_str());
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
  }
  ~sink() {
    for (auto* x : {one_, many_, begin_, commit_}) sqlite3_finalize(x);
    sqlite3_close(db_);
  }
  sink(const sink&) = delete;
  sink& operator=(const sink&) = delete;

  std::size_t rows() const noexcept { return rows_; }

  void store(const std::string& body) {
    namespace ondemand = simdjson::ondemand;
    step(begin_);
    ondemand::document page = parser_.iterate(body.data(), body.size(), body.capacity());
    const std::uint64_t count = page["count"];
    std::uint64_t row = 0;
    for (auto item : page["items"].get_array()) {
      const bool among_many = row < count / rows_at_once * rows_at_once;
      const auto at = among_many ? row % rows_at_once : 0;
      upsert_ = among_many ? many_ : one_;
      before_ = static_cast<int>(at * columns_.size());
      bind_row(item.get_object());
      ++row;
      if (!among_many || at + 1 == rows_at_once) step(upsert_);
    }
    rows_ += row;
    step(commit_);
  }

private:
  void bind_row(simdjson::ondemand::object item) {
    std::size_t place = 0; // columns come in the order of the query; those without a value do not come at all
    for (auto member : item) {
      if (member.error() != simdjson::SUCCESS) throw simdjson::simdjson_error{member.error()};
      auto&& x = std::move(member).value_unsafe();
      const char* key = x.key().raw();
      std::size_t at = place;
      while (at < columns_.size() && !columns_[at].starts(key)) ++at;
      if (at == columns_.size()) continue;
      while (place < at) null(place++);
      bind(x.value(), place++);
    }
    while (place < columns_.size()) null(place++);
  }

  int index_of(std::size_t place) const noexcept { return before_ + static_cast<int>(place + 1); }

  void null(std::size_t place) { sqlite3_bind_null(upsert_, index_of(place)); }

  void bind(simdjson::ondemand::value& value, std::size_t place) {
    const auto at = index_of(place);
    std::string_view text = value.raw_json_token();
    while (text.back() == ' ' || text.back() == '\n') text.remove_suffix(1);
    if (text.front() == '"') {
      text = text.substr(1, text.size() - 2);
      if (std::memchr(text.data(), '\\', text.size()) != nullptr) text = value.get_string();
    } else if (text == "null") {
      return null(place);
    }
    switch (columns_[place].is) {
    case kind::integer: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error("no whole number");
      sqlite3_bind_int64(upsert_, at, number);
      return;
    }
    case kind::boolean: sqlite3_bind_int64(upsert_, at, text == "T" || text == "true" ? 1 : 0); return;
    case kind::datetime:
    case kind::text:
      sqlite3_bind_text64(upsert_, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
      return;
    }
  }

  void step(sqlite3_stmt* what) {
    if (sqlite3_step(what) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_));
    sqlite3_reset(what);
  }
  void run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* out = nullptr;
    if (sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &out, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
    return out;
  }

  std::vector<column> columns_;
  simdjson::ondemand::parser parser_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* one_ = nullptr;
  sqlite3_stmt* many_ = nullptr;
  sqlite3_stmt* upsert_ = nullptr; ///< whichever of them is being bound
  int before_ = 0;                 ///< its parameters of the rows before this one
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  std::size_t rows_ = 0;
};

// -- both ----------------------------------------------------------------------------------------

void in_one_thread(source& from, sink& to) {
  std::string body;
  for (bool more = true; more;) {
    more = from.next(body);
    to.store(body);
  }
}

/// One thread fetches and unpacks a page while the other stores the one before.
void in_two_threads(source& from, sink& to) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::string> ready;
  std::string spare;
  bool done = false;
  std::exception_ptr trouble;
  std::jthread fetcher{[&] {
    try {
      for (bool more = true; more && !done;) {
        std::string body;
        {
          const std::lock_guard guard{mutex};
          body = std::move(spare);
        }
        more = from.next(body);
        std::unique_lock lock{mutex};
        changed.wait(lock, [&] { return !ready || done; });
        ready = std::move(body);
        changed.notify_all();
      }
    } catch (...) {
      trouble = std::current_exception();
    }
    const std::lock_guard guard{mutex};
    done = true;
    changed.notify_all();
  }};
  for (;;) {
    std::string body;
    {
      std::unique_lock lock{mutex};
      changed.wait(lock, [&] { return ready || done; });
      if (!ready) break;
      body = std::move(*ready);
      ready.reset();
      changed.notify_all();
    }
    try {
      to.store(body);
    } catch (...) {
      const std::lock_guard guard{mutex};
      done = true;
      changed.notify_all();
      throw;
    }
    const std::lock_guard guard{mutex};
    spare = std::move(body);
  }
  if (trouble) std::rethrow_exception(trouble);
}

} // namespace

int main(int count, char** words) {
  if (count != 4 && count != 6) {
    std::fputs("usage: bare_loop URL DATABASE COLUMNS [--threads 1|2]\n", stderr);
    return 2;
  }
  try {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); // which takes a lock at each allocation
    auto columns = read_columns(words[3]);
    source from{words[1], columns};
    sink to{words[2], std::move(columns)};
    const bool two = count == 6 && std::string_view{words[5]} == "2";
    two ? in_two_threads(from, to) : in_one_thread(from, to);
    std::printf("{\"records\": %zu}\n", to.rows());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bare_loop: %s\n", error.what());
    return 1;
  }
}
