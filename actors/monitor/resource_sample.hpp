/// What the process uses of its machine, read from the kernel.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidemark {

/// The disk of a folder.
struct disk_sample {
  std::string folder;
  std::uint64_t free = 0; ///< for this user, in bytes
  std::uint64_t total = 0;
};

/// Each value is missing where the system does not tell it.
struct resource_sample {
  std::optional<std::uint64_t> memory; ///< resident, in bytes
  std::optional<std::uint64_t> memory_limit;
  std::optional<std::uint64_t> descriptors; ///< open
  std::optional<std::uint64_t> descriptor_limit;
  std::vector<disk_sample> disks; ///< each once, with the first folder that lies on it
};

/// Where the kernel shows itself; tests put folders of their own in.
struct kernel_folders {
  std::filesystem::path proc = "/proc";
  std::filesystem::path cgroup = "/sys/fs/cgroup";
};

/// Gives back to the system what the allocator keeps of memory that was freed: the pages of a big import
/// leave it in pieces too small to go back by themselves. About a millisecond.
void return_free_memory() noexcept;

/// Reads a handful of kernel files: some tenths of a millisecond, without waiting for a disk. The memory's
/// limit is the lowest of the process's control groups (version 2, or version 1's memory controller), else
/// the machine's memory.
resource_sample read_resources(std::span<const std::filesystem::path> folders,
                               const kernel_folders& from = {});

} // namespace tidemark
