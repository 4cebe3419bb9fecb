#include "store/sqlite/failures.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidemark::sqlite {

bool is_about_the_record(int code) noexcept {
  auto primary = code & 0xff;
  return primary == SQLITE_CONSTRAINT || primary == SQLITE_TOOBIG || primary == SQLITE_MISMATCH;
}

failure describe(int code, const std::string& path, std::string_view detail) {
  auto say = [&](ec what, std::string_view word, std::string_view trouble, std::string_view remedy) {
    return failure{what, fmt::format("the database {} {} ({}): {}", path, trouble, detail, remedy), path,
                   std::string{word}};
  };
  using namespace store_words;
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return say(ec::store_unavailable, locked, "is locked by another program", "let it finish, or close it");
  case SQLITE_FULL: return say(ec::store_unavailable, full, "has no room to grow", "free space on its disk");
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return say(ec::store_unavailable, not_writable, "cannot be written",
               "give this user write permission to the file and its folder");
  case SQLITE_CANTOPEN:
    return say(ec::store_unavailable, not_openable, "cannot be opened",
               "name a file in an existing folder that this user may write");
  case SQLITE_IOERR:
  case SQLITE_PROTOCOL:
    return say(ec::store_unavailable, io_error, "cannot be read or written",
               "check its disk, and the space left on it");
  case SQLITE_NOMEM:
    return say(ec::store_unavailable, no_memory, "needs more memory", "free memory on this machine");
  case SQLITE_CORRUPT:
    return say(ec::store_defect, damaged, "is damaged",
               "restore it from a backup, or move it away and begin with an empty one: a tenant's is "
               "imported in full then");
  case SQLITE_NOTADB:
    return say(ec::store_defect, foreign, "is not a SQLite database",
               "name another file, or move this one away");
  case SQLITE_CONSTRAINT:
  case SQLITE_MISUSE:
  case SQLITE_RANGE:
    return say(ec::internal, {}, "refused a row of the ledger", "this is a defect of tidemark");
  default:
    return say(ec::store_defect, altered, "is not as tidemark left it",
               "undo what was changed in it, or restore it from a backup");
  }
}

failure moved_away(const std::string& path) {
  return {ec::store_unavailable,
          fmt::format(
              "the database {0} was moved or removed while it was in use: put it back, or, to begin with an "
              "empty one, stop the node, move {0}-wal away, too, if it is there, and start it",
              path),
          path, std::string{store_words::moved}};
}

failure emptied(const std::string& path, const std::string& log) {
  return {ec::store_unavailable,
          fmt::format(
              "the database {0} is missing, or an empty file stands in its place, and {1}, the log of the "
              "one that was there, lies beside it: put back the one that was there, or move the log away, "
              "too, and restart the node to begin with an empty one",
              path, log),
          path, std::string{store_words::moved}};
}

failure replaced(const std::string& path) {
  return {ec::store_unavailable,
          fmt::format("another file stands where the database {} was while it was in use: put back the one "
                      "that was there, or restart the node to go on with this one",
                      path),
          path, std::string{store_words::moved}};
}

failure older_copy(const std::string& path) {
  return {
      ec::store_unavailable,
      fmt::format("an older copy stands where the database {} was while it was in use, and lacks what was "
                  "written since: put back the one that was there, with its -wal, or restart the node to "
                  "go on with this one",
                  path),
      path, std::string{store_words::moved}};
}

failure not_of_its_log(const std::string& path, bool is_older) {
  return {
      ec::store_unavailable,
      fmt::format(
          "{1} stands in the place of the database {0}, with the log {0}-wal of the one that was there: put "
          "that back, or stop the node and move {0}-wal and {0}-shm away, which belong to the other one, to "
          "go on with what stands there",
          path, is_older ? "an older copy" : "another file"),
      path, std::string{store_words::moved}};
}

failure not_of_its_log(const std::string& path, const owner_in_file& found, const ownership& known) {
  return not_of_its_log(path, found.database == known.database && found.fence != 0
                                  && found.fence <= known.fence && found.writes < known.writes);
}

failure other_account(const std::string& path, const std::string& holds, const std::string& wanted) {
  return {
      ec::store_unavailable,
      fmt::format("the database {} holds the records of account {}, and its tenant is configured for account "
                  "{}: give the tenant a database of its own for that (the setting database, or another "
                  "id), or set the account back",
                  path, holds, wanted),
      path, std::string{store_words::other_account}};
}

failure other_tenant(const std::string& path, const std::string& holds, const std::string& wanted) {
  return {ec::store_unavailable,
          fmt::format("the database {} holds the imports of tenant {}, and is configured for tenant {}: give "
                      "tenant {} a database of its own (the setting database), or set the id back; "
                      "docs/operations.md has how a tenant is given another id",
                      path, holds, wanted, wanted),
          path, std::string{store_words::other_tenant}};
}

failure taken_by_other(const std::string& path, std::string_view node) {
  return {
      ec::fenced,
      fmt::format("node {} has taken over the database {}; let one node alone serve this tenant", node, path),
      path,
      {}};
}

} // namespace tidemark::sqlite
