#include "actors/monitor/resource_sample.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  auto first = text.find_first_of("0123456789");
  if (first == std::string_view::npos) return std::nullopt; // "max": no limit
  auto [end, error] = std::from_chars(text.data() + first, text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_of(const fs::path& file) {
  std::ifstream in{file};
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return number_in(line);
}

/// The number after "Name:" in a file of such lines, in bytes (the kernel counts in kB there).
std::optional<std::uint64_t> kilobytes_of(const fs::path& file, std::string_view name) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name))
      if (auto value = number_in(std::string_view{line}.substr(name.size()))) return *value * 1024;
  return std::nullopt;
}

void lower(std::optional<std::uint64_t>& limit, std::optional<std::uint64_t> other) {
  if (other && (!limit || *other < *limit)) limit = other;
}

/// The lowest limit of a group and of all groups above it.
std::optional<std::uint64_t> limit_of_group(const fs::path& root, const std::string& group,
                                            const char* file) {
  std::optional<std::uint64_t> limit;
  auto relative = fs::path{group}.relative_path();
  lower(limit, number_of(root / file));
  fs::path at = root;
  for (auto& part : relative) {
    at /= part;
    lower(limit, number_of(at / file));
  }
  return limit;
}

std::optional<std::uint64_t> limit_of_groups(const kernel_folders& from) {
  std::optional<std::uint64_t> limit;
  std::ifstream in{from.proc / "self" / "cgroup"};
  // "0::/path" for version 2, "4:memory:/path" for version 1.
  for (std::string line; std::getline(in, line);) {
    auto first = line.find(':');
    auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    auto controllers = line.substr(first + 1, second - first - 1);
    auto group = line.substr(second + 1);
    if (controllers.empty()) lower(limit, limit_of_group(from.cgroup, group, "memory.max"));
    if (controllers == "memory")
      lower(limit, limit_of_group(from.cgroup / "memory", group, "memory.limit_in_bytes"));
  }
  return limit;
}

/// A folder that is not there (yet) has none.
std::vector<disk_sample> disks_of(std::span<const fs::path> folders) {
  std::vector<disk_sample> result;
  std::vector<dev_t> known;
  for (auto& folder : folders) {
    struct stat where{};
    struct statvfs disk{};
    if (::stat(folder.c_str(), &where) != 0 || std::ranges::find(known, where.st_dev) != known.end())
      continue;
    if (::statvfs(folder.c_str(), &disk) != 0) continue;
    known.push_back(where.st_dev);
    auto block = std::uint64_t{disk.f_frsize};
    result.push_back(
        {folder.string(), std::uint64_t{disk.f_bavail} * block, std::uint64_t{disk.f_blocks} * block});
  }
  return result;
}

} // namespace

void return_free_memory() noexcept { ::malloc_trim(0); }

resource_sample read_resources(std::span<const fs::path> folders, const kernel_folders& from) {
  resource_sample result;
  result.memory = kilobytes_of(from.proc / "self" / "status", "VmRSS:");
  result.memory_limit = kilobytes_of(from.proc / "meminfo", "MemTotal:");
  lower(result.memory_limit, limit_of_groups(from));
  std::error_code error;
  fs::directory_iterator open{from.proc / "self" / "fd", error};
  if (!error) {
    std::uint64_t count = 0;
    for (; open != fs::directory_iterator{} && !error; open.increment(error)) ++count;
    if (!error) result.descriptors = count;
  }
  rlimit limits{};
  if (::getrlimit(RLIMIT_NOFILE, &limits) == 0 && limits.rlim_cur != RLIM_INFINITY)
    result.descriptor_limit = limits.rlim_cur;
  result.disks = disks_of(folders);
  return result;
}

} // namespace tidemark
