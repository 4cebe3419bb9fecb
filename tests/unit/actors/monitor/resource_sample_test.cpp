#include "actors/monitor/resource_sample.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include "import/import_world.hpp"

using namespace tidemark;
namespace fs = std::filesystem;

namespace resource_sample_test {

/// A kernel as the test writes it.
struct made_up_kernel {
  made_up_kernel() {
    put("proc/self/status", "Name:\ttidemarkd\nVmRSS:\t  2048 kB\n");
    put("proc/meminfo", "MemTotal:       1000000 kB\n");
    fs::create_directories(fs::path{folder.file("proc/self/fd")});
    for (auto name : {"0", "1", "2"}) put(std::string{"proc/self/fd/"} + name, "");
  }

  void put(const std::string& name, const std::string& text) {
    fs::path path{folder.file(name)};
    fs::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }

  resource_sample read() const {
    std::vector<fs::path> folders{folder.file(""), folder.file("proc"), folder.file("nowhere")};
    return read_resources(folders, {folder.file("proc"), folder.file("cgroup")});
  }

  scratch_folder folder;
};

TEST_CASE("memory, descriptors and disk are read from the kernel") {
  made_up_kernel kernel;
  auto sample = kernel.read();
  CHECK(sample.memory == 2048 * 1024);
  CHECK(sample.memory_limit == 1'000'000ULL * 1024);
  CHECK(sample.descriptors == 3);
  REQUIRE(sample.disks.size() == 1); // both folders lie on one
  CHECK(sample.disks[0].folder == kernel.folder.file(""));
  CHECK(sample.disks[0].free <= sample.disks[0].total);
}

TEST_CASE("a control group's limit counts, the lowest of those above it too") {
  made_up_kernel kernel;
  kernel.put("proc/self/cgroup", "0::/system.slice/tidemark.service\n");
  kernel.put("cgroup/system.slice/memory.max", "5000000\n");
  kernel.put("cgroup/system.slice/tidemark.service/memory.max", "max\n");
  CHECK(kernel.read().memory_limit == 5'000'000);
  kernel.put("cgroup/system.slice/tidemark.service/memory.max", "4000000\n");
  CHECK(kernel.read().memory_limit == 4'000'000);
}

TEST_CASE("the memory controller of the first kind of control groups counts as well") {
  made_up_kernel kernel;
  kernel.put("proc/self/cgroup", "12:pids:/x\n4:memory:/docker/abc\n1:name=systemd:/x\n");
  kernel.put("cgroup/memory/docker/abc/memory.limit_in_bytes", "3000000\n");
  CHECK(kernel.read().memory_limit == 3'000'000);
}

TEST_CASE("a kernel that tells nothing gives a sample without values") {
  scratch_folder empty;
  std::vector<fs::path> folders{empty.file("nowhere")};
  auto sample = read_resources(folders, {empty.file("proc"), empty.file("cgroup")});
  CHECK(!sample.memory);
  CHECK(!sample.memory_limit);
  CHECK(!sample.descriptors);
  CHECK(sample.disks.empty());
}

TEST_CASE("the real kernel tells everything") {
  std::vector<fs::path> folders{"/tmp"};
  auto sample = read_resources(folders);
  CHECK(sample.memory.value_or(0) > 1 << 20);
  CHECK(sample.memory_limit.value_or(0) > sample.memory.value_or(0));
  CHECK(sample.descriptors.value_or(0) >= 3);
  REQUIRE(sample.disks.size() == 1);
  CHECK(sample.disks[0].total > 0);
}

} // namespace resource_sample_test
