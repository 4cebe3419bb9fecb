/// A disk that keeps what it was told to keep, and nothing else, when the power is cut.
#pragma once

#include "sqlite/sqlite_file.hpp"

#include <map>
#include <string>

#include <sqlite3.h>

namespace tidemark::test {

/// As long as it lives, databases that are opened are on it: each file is copied when SQLite has it synced.
class lossy_disk {
public:
  lossy_disk();
  ~lossy_disk();
  lossy_disk(const lossy_disk&) = delete;
  lossy_disk& operator=(const lossy_disk&) = delete;

  /// The path of a database as a power cut now would leave it, with its log.
  std::string after_power_cut(const std::string& path);

  /// How often the file was synced.
  int syncs(const std::string& path) const;

private:
  sqlite3_vfs vfs_;
  temporary_folder folder_;
  int cuts_ = 0;
};

} // namespace tidemark::test
