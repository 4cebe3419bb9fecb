#include "store/sqlite/log_file.hpp"

#include "store/sqlite/connection.hpp"
#include "store/sqlite/identity.hpp"
#include "store/sqlite/migrations.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

// https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log" and "B-tree Pages".
constexpr std::uint32_t log_magic = 0x377f0682; // and 1 if its sums are over big-endian words
constexpr std::size_t log_head_bytes = 32;
constexpr std::size_t frame_head_bytes = 24;
constexpr auto table_leaf = std::byte{0x0d};

constexpr std::uint32_t big_endian(const std::byte* x) noexcept {
  return std::to_integer<std::uint32_t>(x[0]) << 24U | std::to_integer<std::uint32_t>(x[1]) << 16U
         | std::to_integer<std::uint32_t>(x[2]) << 8U | std::to_integer<std::uint32_t>(x[3]);
}

constexpr std::uint32_t little_endian(const std::byte* x) noexcept {
  return std::to_integer<std::uint32_t>(x[3]) << 24U | std::to_integer<std::uint32_t>(x[2]) << 16U
         | std::to_integer<std::uint32_t>(x[1]) << 8U | std::to_integer<std::uint32_t>(x[0]);
}

/// The running sum of a log.
struct check_sum {
  bool is_big = false;
  std::uint32_t first = 0;
  std::uint32_t second = 0;

  void add(std::span<const std::byte> bytes) noexcept {
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      auto* x = bytes.data() + i;
      first += (is_big ? big_endian(x) : little_endian(x)) + second;
      second += (is_big ? big_endian(x + 4) : little_endian(x + 4)) + first;
    }
  }
  bool is(const std::byte* stored) const noexcept {
    return first == big_endian(stored) && second == big_endian(stored + 4);
  }
};

bool read(std::ifstream& in, std::span<std::byte> into) {
  return static_cast<bool>(
      in.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size())));
}

/// A database of this page size in which the owner's row has a page, the second one, of its own.
std::vector<std::byte> make_frame(std::size_t page_bytes) {
  auto whole = connection::open(":memory:", {});
  if (!whole || !migrate(*whole, ledger_schema())) return {};
  auto table =
      whole->first("SELECT sql FROM sqlite_schema WHERE name = 'owner'", [](row& r) { return r.text(); });
  auto alone = connection::open(":memory:", {});
  if (!table || !*table || !alone) return {};
  if (!alone->script(fmt::format("PRAGMA page_size = {};\n{}", page_bytes, **table))) return {};
  return alone->image();
}

/// By SQLite, as the one page of a table in a database of its own.
class owner_page_reader {
public:
  explicit owner_page_reader(std::size_t page_bytes) : page_bytes_(page_bytes) {}

  std::optional<owner_in_file> read(std::span<const std::byte> page) {
    if (page.size() != page_bytes_ || page[0] != table_leaf) return std::nullopt;
    bool has_one_row = page[3] == std::byte{0} && page[4] == std::byte{1};
    if (!has_one_row) return std::nullopt;
    if (frame_.empty()) frame_ = make_frame(page_bytes_);
    if (frame_.size() != 2 * page_bytes_) return std::nullopt;
    std::ranges::copy(page, frame_.begin() + static_cast<std::ptrdiff_t>(page_bytes_));
    auto db = connection::open_image(frame_);
    static const auto sql = fmt::format("{} WHERE only = 1", owner_sql);
    auto found = db ? db->first(sql, read_ownership) : std::unexpected(db.error());
    if (!found || !*found || !is_owner(**found)) return std::nullopt;
    return as_in_file(**found);
  }

private:
  /// Any table may have a page with one row in it.
  static bool is_owner(const ownership& x) {
    auto is_mark = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return x.database.size() == 16 && std::ranges::all_of(x.database, is_mark) && x.fence > 0 && x.since > 0
           && x.writes > 0;
  }

  std::size_t page_bytes_;
  std::vector<std::byte> frame_;
};

} // namespace

std::vector<owner_in_file> log_file::writes() const {
  std::vector<owner_in_file> result;
  for (auto& page : owners) result.push_back(page.owner);
  return result;
}

std::optional<owner_in_file> read_owner_page(std::span<const std::byte> page) {
  return owner_page_reader{page.size()}.read(page);
}

bool has_log(const std::string& path) {
  std::error_code error;
  auto bytes = std::filesystem::file_size(path + "-wal", error);
  return !error && bytes > 0;
}

log_file read_log(const std::string& path) {
  log_file log;
  std::ifstream in{path + "-wal", std::ios::binary};
  std::array<std::byte, log_head_bytes> head{};
  if (!in || !read(in, head) || (big_endian(head.data()) & ~1U) != log_magic) return log;
  check_sum sum{(big_endian(head.data()) & 1U) != 0};
  sum.add(std::span{head}.first(24));
  if (!sum.is(head.data() + 24)) return log;
  log.page_bytes = big_endian(head.data() + 8);
  if (log.page_bytes < 512 || log.page_bytes > 65536) return {};
  owner_page_reader owners{log.page_bytes};
  std::vector<std::byte> frame(frame_head_bytes + log.page_bytes);
  std::span<const std::byte> page{frame.data() + frame_head_bytes, log.page_bytes};
  std::vector<log_file::owner_page> uncommitted;
  while (read(in, frame)) {
    // What was left of an earlier log has other salts; what was being written has another sum.
    if (std::memcmp(frame.data() + 8, head.data() + 16, 8) != 0) break;
    sum.add(std::span{frame}.first(8));
    sum.add(page);
    if (!sum.is(frame.data() + 16)) break;
    auto number = big_endian(frame.data());
    if (auto owner = number > 1 ? owners.read(page) : std::nullopt) uncommitted.push_back({number, *owner});
    if (big_endian(frame.data() + 4) == 0) continue; // no commit
    std::ranges::move(uncommitted, std::back_inserter(log.owners));
    uncommitted.clear();
  }
  return log;
}

bool is_file_of_log(const owner_in_file& file, std::span<const owner_in_file> log) noexcept {
  if (log.empty()) return true;
  auto& first = log.front();
  // A database that this log has begun.
  if (file.fence == 0) return first.writes <= 1;
  // One from before there were marks has none yet.
  if (!file.database.empty() && file.database != first.database) return false;
  auto most = std::ranges::max(log, {}, &owner_in_file::writes).writes;
  if (file.writes + 1 < first.writes || file.writes > most) return false;
  auto is_as_often = [&](auto& x) { return x.writes == file.writes; };
  auto is_same_owner = [&](auto& x) { return x.fence == file.fence && x.since == file.since; };
  if (std::ranges::any_of(log, is_as_often))
    return std::ranges::any_of(log, [&](auto& x) { return is_as_often(x) && is_same_owner(x); });
  // The write before the log, by the owner whom it begins with, or by the one before.
  return is_same_owner(first) || file.fence < first.fence;
}

} // namespace tidemark::sqlite
