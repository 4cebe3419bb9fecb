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
  auto found = db ? db->first("SELECT database, fence, since, writes FROM owner",
                              [](row& r) {
                                owner_in_file x;
                                x.database = r.text();
                                x.fence = r.integer<std::uint64_t>();
                                x.since = r.time();
                                x.writes = r.integer<std::uint64_t>();
                                return x;
                              })
                  : std::unexpected(db.error());
  if (found) return found->value_or(owner_in_file{});
  bool says_nothing =
      found.error().code == ec::store_unavailable || found.error().native_code == store_words::damaged;
  if (says_nothing) return std::unexpected(std::move(found.error()));
  return owner_in_file{};
}

namespace {

/// What cannot be read at all is not the file that was there.
outcome<owner_in_file> look_into(const std::string& path) {
  auto found = read_owner_in_file(path);
  if (!found && found.error().code != ec::store_unavailable) return owner_in_file{};
  return found;
}

} // namespace

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

outcome<void> check_identity(const std::string& path, const ownership& mine,
                             std::chrono::milliseconds lock_patience) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::unexpected(moved_away(path));
  auto db = connection::open_to_read(path, lock_patience);
  auto found = db ? db->first("SELECT database, fence, since, writes FROM owner WHERE since IS NOT NULL",
                              read_ownership)
                  : std::unexpected(db.error());
  // A lock, a disk that fails, or damage says nothing about whose it is.
  if (!found
      && (found.error().code == ec::store_unavailable || found.error().native_code == store_words::damaged))
    return std::unexpected(std::move(found.error()));
  if (!found || !*found || !is_same(**found, mine)) return std::unexpected(replaced(path));
  if ((*found)->writes < mine.writes) return std::unexpected(older_copy(path));
  auto in_file = look_into(path);
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
  if (auto newer = check_not_older(*db, known); !newer) return newer;
  auto in_file = look_into(path);
  if (!in_file) return std::unexpected(std::move(in_file.error()));
  // Others may have had it since.
  constexpr auto any = std::numeric_limits<std::uint64_t>::max();
  if (in_file->fence <= known.fence && !is_file_of(*in_file, known, any))
    return std::unexpected(not_of_its_log(path, *in_file, known));
  return {};
}

outcome<void> check_not_older(connection& db, const ownership& known) {
  const auto& path = db.path();
  auto found = db.first("SELECT database, fence, since, writes FROM owner", read_ownership);
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
