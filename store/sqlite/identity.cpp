#include "store/sqlite/identity.hpp"

#include "messages/store_words.hpp"
#include "store/sqlite/failures.hpp"
#include "store/sqlite/stop_note.hpp"

#include <filesystem>
#include <utility>

namespace tidemark::sqlite {

outcome<std::uint64_t> writes_in_file(const std::string& path) {
  auto db = connection::open_file_alone(path);
  auto found = db ? db->first("SELECT writes FROM owner", [](row& r) { return r.integer<std::uint64_t>(); })
                  : std::unexpected(db.error());
  if (!found) return std::unexpected(std::move(found.error()));
  return found->value_or(0);
}

ownership read_ownership(row& r) {
  ownership x;
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
  auto found =
      db ? db->first("SELECT fence, since, writes FROM owner WHERE since IS NOT NULL", read_ownership)
         : std::unexpected(db.error());
  // A lock, or a disk that fails, says nothing about whose it is.
  if (!found && found.error().code == ec::store_unavailable) return std::unexpected(std::move(found.error()));
  if (!found || !*found || !is_same(**found, mine)) return std::unexpected(replaced(path));
  if ((*found)->writes < mine.writes) return std::unexpected(older_copy(path));
  auto in_file = writes_in_file(path);
  if (!in_file && in_file.error().code == ec::store_unavailable)
    return std::unexpected(std::move(in_file.error()));
  if (in_file.value_or(0) < mine.in_file) return std::unexpected(older_than_its_log(path));
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
  auto in_file = writes_in_file(path);
  if (!in_file && in_file.error().code == ec::store_unavailable)
    return std::unexpected(std::move(in_file.error()));
  if (in_file.value_or(0) < known.in_file) return std::unexpected(older_than_its_log(path));
  return {};
}

outcome<void> check_not_older(connection& db, const ownership& known) {
  const auto& path = db.path();
  auto found = db.first("SELECT fence, since, writes FROM owner", read_ownership);
  bool is_foreign = !found && found.error().native_code == store_words::foreign;
  if (!found && !is_foreign) return std::unexpected(std::move(found.error()));
  if (is_foreign || !*found) return std::unexpected(replaced(path));
  auto& there = **found;
  if (there.fence < known.fence || (is_same(there, known) && there.writes < known.writes))
    return std::unexpected(older_copy(path));
  if (there.fence == known.fence && !is_same(there, known)) return std::unexpected(replaced(path));
  return {};
}

} // namespace tidemark::sqlite
