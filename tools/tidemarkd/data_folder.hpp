/// The node's data folder, held by one process at a time.
#pragma once

#include <filesystem>

#include "messages/error.hpp"
#include "net/unique_fd.hpp"

namespace tidemark {

/// Makes the folder if need be (mode 0700) and locks it until the object goes, or the process dies in
/// whatever way.
class data_folder {
public:
  /// `ec::conflict` if another process has it and keeps it for two seconds, `ec::bad_config` if it cannot be
  /// made or written.
  static outcome<data_folder> claim(const std::filesystem::path& path);

private:
  explicit data_folder(net::unique_fd lock) : lock_(std::move(lock)) {}

  net::unique_fd lock_;
};

} // namespace tidemark
