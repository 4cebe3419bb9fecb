#include "store/file_stamp.hpp"

#include <sys/stat.h>

namespace tidemark {

std::optional<file_stamp> stamp_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return file_stamp{found.st_dev, found.st_ino, found.st_size, found.st_ctim.tv_sec, found.st_ctim.tv_nsec};
}

} // namespace tidemark
