#include "store/sqlite/identity.hpp"

#include "messages/store_words.hpp"
#include "store/sqlite/failures.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/stop_note.hpp"

#include <cstring>
#include <filesystem>
#include <limits>
#include <set>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tidemark::sqlite {

std::optional<file_stamp> stamp_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return file_stamp{found.st_dev, found.st_ino, found.st_size, found.st_ctim.tv_sec, found.st_ctim.tv_nsec};
}

namespace {

// Others may have had it since.
constexpr auto any_write = std::numeric_limits<std::uint64_t>::max();

/// With a log beside it that others may have written back in part, as far as readers let them: the file alone
/// makes no sense then, which says nothing.
bool may_be_torn(const failure& what, const std::string& path) {
  std::error_code error;
  auto log = std::filesystem::file_size(path + "-wal", error);
  return is_damaged(what) && !error && log > 0;
}

bool is_moved(const failure& what) { return what.native_code == store_words::moved; }

/// What the head of a file says: https://www.sqlite.org/fileformat2.html, "The Database Header".
struct file_head {
  bool is_database = false;
  bool keeps_log = false; ///< what is written goes into a log first
  std::uint32_t page_bytes = 0;
};

file_head read_head(const connection& file) {
  constexpr std::string_view magic{"SQLite format 3\0", 16};
  constexpr auto with_log = std::byte{2};
  auto head = file.read_bytes(0, 100);
  if (head.empty() || std::memcmp(head.data(), magic.data(), magic.size()) != 0) return {};
  auto page_bytes = std::to_integer<std::uint32_t>(head[16]) << 8U | std::to_integer<std::uint32_t>(head[17]);
  return {true, head[18] == with_log && head[19] == with_log, page_bytes == 1 ? 65536 : page_bytes};
}

/// The owner that a file names, under a log in which these pages name others: nothing if it is such that
/// nobody can tell, as a file may be that was being written from its log when the process ended.
std::optional<owner_in_file> find_owner(connection& file, const log_file& log) {
  auto whole = file.first(owner_sql, read_ownership);
  if (whole && *whole && (*whole)->fence > 0) return as_in_file(**whole);
  std::set<std::uint32_t> tried;
  for (auto& page : log.owners) {
    if (!tried.insert(page.number).second) continue;
    auto from = static_cast<std::int64_t>(page.number - 1) * log.page_bytes;
    auto bytes = file.read_bytes(from, log.page_bytes);
    if (bytes.empty()) continue;
    if (auto found = read_owner_page(bytes)) return found;
  }
  if (!whole && whole.error().code == ec::store_unavailable) return std::nullopt;
  if (!whole && is_damaged(whole.error())) return std::nullopt;
  // Of an earlier version.
  for (auto sql : {"SELECT '', fence, since, writes FROM owner", "SELECT '', fence, since, 0 FROM owner"})
    if (auto found = file.first(sql, read_ownership); found && *found) return as_in_file(**found);
  return owner_in_file{};
}

outcome<void> look_at_log(const std::string& path) {
  std::error_code error;
  bool is_there = std::filesystem::file_size(path, error) > 0 && !error;
  if (!is_there || !has_log(path)) return {};
  auto file = connection::open_file_alone(path);
  if (!file) return {}; // whoever opens it will say so
  auto log = read_log(path);
  if (log.owners.empty()) return {};
  auto head = read_head(*file);
  if (!head.is_database || !head.keeps_log || head.page_bytes != log.page_bytes)
    return std::unexpected(not_of_its_log(path, false));
  auto owner = find_owner(*file, log);
  auto in_log = log.writes();
  if (!owner || is_file_of_log(*owner, in_log)) return {};
  auto& first = in_log.front();
  return std::unexpected(
      not_of_its_log(path, owner->database == first.database && owner->writes < first.writes));
}

/// Looks at a database that somebody may be writing: the log may begin anew, and the file be written from it,
/// between one glance and the next.
template <class Look>
outcome<void> look_beside_writer(Look look) {
  constexpr int most_looks = 3;
  for (int looks = 1;; ++looks) {
    auto found = look();
    bool is_clear = found || (!is_moved(found.error()) && !is_damaged(found.error()));
    if (is_clear || looks == most_looks) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

} // namespace

outcome<void> check_log(const std::string& path) {
  return look_beside_writer([&] { return look_at_log(path); });
}

outcome<owner_in_file> read_owner_in_file(const std::string& path) {
  auto db = connection::open_file_alone(path);
  auto found = db ? db->first(owner_sql, read_ownership) : std::unexpected(db.error());
  if (found) {
    // As a copy is that was made by "VACUUM INTO": the same rows in other places.
    if (has_log(path) && !read_head(*db).keeps_log) return std::unexpected(not_of_its_log(path, false));
    return as_in_file(found->value_or(ownership{}));
  }
  bool says_nothing = found.error().code == ec::store_unavailable || is_damaged(found.error());
  if (says_nothing) return std::unexpected(std::move(found.error()));
  return owner_in_file{};
}

namespace {

/// Of a file and a log that make no sense together: whether that is because the file was put under the log.
failure tell_damage(failure what, const std::string& path, const ownership& known) {
  auto alone = read_owner_in_file(path);
  if (!alone) return is_moved(alone.error()) ? alone.error() : what;
  if (is_later(*alone, known) || is_file_of(*alone, known, any_write)) return what;
  return not_of_its_log(path, *alone, known);
}

/// By what is read of the file and its log together.
outcome<void> check_owner(connection& db, const ownership& known) {
  const auto& path = db.path();
  auto found = db.first(owner_sql, read_ownership);
  bool is_foreign = !found && found.error().native_code == store_words::foreign;
  if (!found && !is_foreign) return std::unexpected(std::move(found.error()));
  if (is_foreign || !*found) return std::unexpected(replaced(path));
  auto& there = **found;
  if (there.database != known.database) return std::unexpected(replaced(path));
  if (there.fence < known.fence || (is_same(there, known) && there.writes < known.writes))
    return std::unexpected(older_copy(path));
  if (there.fence == known.fence && !is_same(there, known)) return std::unexpected(replaced(path));
  return {};
}

/// By the file alone, as far as that makes sense.
template <class Fits>
outcome<void> check_alone(const std::string& path, const ownership& known, Fits fits) {
  auto in_file = read_owner_in_file(path);
  if (!in_file && may_be_torn(in_file.error(), path)) return {};
  if (!in_file) return std::unexpected(std::move(in_file.error()));
  if (!fits(*in_file)) return std::unexpected(not_of_its_log(path, *in_file, known));
  return {};
}

/// By both, and by the file alone: a log makes whatever it lies beside look like what it belongs to.
outcome<void> check_both(connection& db, const ownership& known) {
  const auto& path = db.path();
  if (auto newer = check_owner(db, known); !newer)
    return std::unexpected(is_damaged(newer.error()) ? tell_damage(newer.error(), path, known)
                                                     : newer.error());
  return check_alone(path, known, [&](const owner_in_file& found) {
    return is_later(found, known) || is_file_of(found, known, any_write);
  });
}

} // namespace

bool is_damaged(const failure& what) noexcept { return what.native_code == store_words::damaged; }

bool is_file_of(const owner_in_file& found, const ownership& known, std::uint64_t at_most) noexcept {
  if (found.writes > at_most) return false;
  bool is_this_owners = found.fence == known.fence && found.since == known.since;
  bool is_marked = found.database == known.database;
  if (!known.in_file) return found.fence == 0 || (is_marked && (found.fence < known.fence || is_this_owners));
  auto& before = *known.in_file;
  if (!is_marked && found.database != before.database) return false;
  bool is_as_before = found.fence == before.fence && found.since == before.since;
  // Of owners in between, whose writes were in the log.
  bool is_between = found.fence > before.fence && found.fence < known.fence;
  return found.writes >= before.writes && (is_as_before || is_between || is_this_owners);
}

bool is_later(const owner_in_file& found, const ownership& known) noexcept {
  return found.database == known.database && found.fence > known.fence;
}

ownership read_ownership(row& r) {
  ownership x;
  x.database = r.text();
  x.fence = r.integer<std::uint64_t>();
  x.since = r.time();
  x.writes = r.integer<std::uint64_t>();
  return x;
}

outcome<std::string> read_owner_name(connection& db) {
  auto found = db.first("SELECT name FROM owner", [](row& r) { return r.text(); });
  if (!found) return std::unexpected(std::move(found.error()));
  return found->value_or("");
}

failure taken_by_owner(connection& db) {
  auto name = read_owner_name(db);
  return name ? taken_by_other(db.path(), *name) : name.error();
}

owner_in_file as_in_file(const ownership& x) { return {x.database, x.fence, x.since, x.writes}; }

outcome<void> check_identity(const std::string& path, const ownership& mine,
                             std::chrono::milliseconds lock_patience) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::unexpected(moved_away(path));
  auto db = connection::open_to_read(path, lock_patience);
  auto found = db ? db->first(fmt::format("{} WHERE since IS NOT NULL", owner_sql), read_ownership)
                  : std::unexpected(db.error());
  // A lock, or a disk that fails, says nothing about whose it is.
  if (!found && found.error().code == ec::store_unavailable) return std::unexpected(std::move(found.error()));
  if (!found && is_damaged(found.error())) return std::unexpected(tell_damage(found.error(), path, mine));
  if (!found || !*found) return std::unexpected(replaced(path));
  if (is_later(as_in_file(**found), mine)) {
    if (auto right = check_not_older(*db, mine); !right) return right;
    return std::unexpected(taken_by_owner(*db));
  }
  if (!is_same(**found, mine)) return std::unexpected(replaced(path));
  if ((*found)->writes < mine.writes) return std::unexpected(older_copy(path));
  return check_alone(path, mine,
                     [&](const owner_in_file& alone) { return is_file_of(alone, mine, (*found)->writes); });
}

outcome<void> check_not_older(const std::string& path, const ownership& known,
                              std::chrono::milliseconds lock_patience) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::unexpected(moved_away(path));
  auto db = connection::open_to_read(path, lock_patience);
  if (!db) return std::unexpected(std::move(db.error()));
  if (std::filesystem::file_size(path, error) == 0) return std::unexpected(replaced(path));
  return check_not_older(*db, known);
}

outcome<void> check_not_older(connection& db, const ownership& known) {
  return look_beside_writer([&] { return check_both(db, known); });
}

} // namespace tidemark::sqlite
