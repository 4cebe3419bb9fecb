#include "sqlite/lossy_disk.hpp"

#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace tidemark::test {

namespace {

namespace fs = std::filesystem;

/// What SQLite calls back without telling whose it is.
struct hooks {
  sqlite3_vfs* real = nullptr;
  std::map<const sqlite3_io_methods*, sqlite3_io_methods> ours; ///< by those that they stand for
  fs::path kept;                                                ///< the folder of what was synced
  struct opened {
    std::string path;
    const sqlite3_io_methods* real = nullptr;
  };
  std::map<sqlite3_file*, opened> open;
  std::map<std::string, int> syncs;
};

hooks& state() {
  static hooks all;
  return all;
}

fs::path kept_as(const std::string& path) {
  auto name = fs::path{path}.string();
  for (auto& c : name)
    if (c == '/') c = '_';
  return state().kept / name;
}

int on_sync(sqlite3_file* file, int flags) {
  auto& all = state();
  auto& [path, real] = all.open.at(file);
  auto code = real->xSync(file, flags);
  ++all.syncs[path];
  fs::copy_file(path, kept_as(path), fs::copy_options::overwrite_existing);
  return code;
}

int on_close(sqlite3_file* file) {
  auto& all = state();
  auto real = all.open.at(file).real;
  all.open.erase(file);
  return real->xClose(file);
}

int on_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* given) {
  auto& all = state();
  auto code = all.real->xOpen(all.real, name, file, flags, given);
  if (code != SQLITE_OK || (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return code;
  auto [ours, fresh] = all.ours.try_emplace(file->pMethods, *file->pMethods);
  if (fresh) {
    ours->second.xSync = on_sync;
    ours->second.xClose = on_close;
  }
  all.open.insert_or_assign(file, hooks::opened{name, ours->first});
  file->pMethods = &ours->second;
  return code;
}

} // namespace

lossy_disk::lossy_disk() {
  auto& all = state();
  all.real = sqlite3_vfs_find(nullptr);
  REQUIRE(all.real != nullptr);
  all.kept = folder_.path();
  all.syncs.clear();
  vfs_ = *all.real;
  vfs_.zName = "lossy";
  vfs_.pNext = nullptr;
  vfs_.xOpen = on_open;
  REQUIRE(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
}

lossy_disk::~lossy_disk() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(state().real, 1);
}

std::string lossy_disk::after_power_cut(const std::string& path) {
  auto left = folder_.path() / fmt::format("{}.db", ++cuts_);
  REQUIRE(fs::exists(kept_as(path)));
  fs::copy_file(kept_as(path), left);
  if (auto log = path + "-wal"; fs::exists(kept_as(log))) fs::copy_file(kept_as(log), left.string() + "-wal");
  return left.string();
}

int lossy_disk::syncs(const std::string& path) const {
  auto found = state().syncs.find(path);
  return found == state().syncs.end() ? 0 : found->second;
}

} // namespace tidemark::test
