#include "store/sqlite/identity.hpp"

#include "messages/store_words.hpp"
#include "store/sqlite/failures.hpp"
#include "store/sqlite/stop_note.hpp"

#include <filesystem>
#include <limits>
#include <utility>

namespace tidemark::sqlite {

outcome<owner_in_file> read_owner_in_file(const std::string& path) {
  auto db = connection::open_file_alone(path);
  auto found = db ? db->first(owner_sql, read_ownership) : std::unexpected(db.error());
  if (found) return as_in_file(found->value_or(ownership{}));
  bool says_nothing =
      found.error().code == ec::store_unavailable || found.error().native_code == store_words::damaged;
  if (says_nothing) return std::unexpected(std::move(found.error()));
  return owner_in_file{};
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

/// Of an owner after the known one.
bool is_later(const owner_in_file& found, const ownership& known) {
  return found.database == known.database && found.fence > known.fence;
}

/// Of a file and a log that make no sense together: whether that is because the file was put under the log.
failure tell_damage(failure what, const std::string& path, const ownership& known) {
  auto alone = read_owner_in_file(path);
  if (!alone || is_later(*alone, known) || is_file_of(*alone, known, any_write)) return what;
  return not_of_its_log(path, *alone, known);
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

ownership read_ownership(row& r) {
  ownership x;
  x.database = r.text();
  x.fence = r.integer<std::uint64_t>();
  x.since = r.time();
  x.writes = r.integer<std::uint64_t>();
  return x;
}

owner_in_file as_in_file(const ownership& x) { return {x.database, x.fence, x.since, x.writes}; }

outcome<void> check_identity(const std::string& path, const ownership& mine,
                             std::chrono::milliseconds lock_patience) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::unexpected(moved_away(path));
  auto db = connection::open_to_read(path, lock_patience);
  auto found = db ? db->first("SELECT database, fence, since, writes FROM owner WHERE since IS NOT NULL",
                              read_ownership)
                  : std::unexpected(db.error());
  // A lock, or a disk that fails, says nothing about whose it is.
  if (!found && found.error().code == ec::store_unavailable) return std::unexpected(std::move(found.error()));
  if (!found && is_damaged(found.error())) return std::unexpected(tell_damage(found.error(), path, mine));
  if (!found || !*found || !is_same(**found, mine)) return std::unexpected(replaced(path));
  if ((*found)->writes < mine.writes) return std::unexpected(older_copy(path));
  auto in_file = read_owner_in_file(path);
  if (!in_file && may_be_torn(in_file.error(), path)) return {};
  if (!in_file) return std::unexpected(std::move(in_file.error()));
  if (!is_file_of(*in_file, mine, (*found)->writes))
    return std::unexpected(not_of_its_log(path, *in_file, mine));
  return {};
}

outcome<void> check_not_older(const std::string& path, const ownership& known,
                              std::chrono::milliseconds lock_patience) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::unexpected(moved_away(path));
  auto db = connection::open_to_read(path, lock_patience);
  if (!db) return std::unexpected(std::move(db.error()));
  if (std::filesystem::file_size(path, error) == 0) return std::unexpected(replaced(path));
  if (auto newer = check_not_older(*db, known); !newer)
    return std::unexpected(is_damaged(newer.error()) ? tell_damage(newer.error(), path, known)
                                                     : newer.error());
  auto in_file = read_owner_in_file(path);
  if (!in_file && may_be_torn(in_file.error(), path)) return {};
  if (!in_file) return std::unexpected(std::move(in_file.error()));
  if (!is_later(*in_file, known) && !is_file_of(*in_file, known, any_write))
    return std::unexpected(not_of_its_log(path, *in_file, known));
  return {};
}

outcome<void> check_not_older(connection& db, const ownership& known) {
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

} // namespace tidemark::sqlite
