#include "tools/tidemark/history_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include <sys/stat.h>
namespace history_file_test {

using namespace tidemark::cli;

using lines = std::vector<std::string>;

class folder {
public:
  folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "tidemark-history-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

TEST_CASE("lines are kept in their order, in a file of its owner's alone, in a folder that is made") {
  folder at;
  history_file file{at.path / "state" / "history"};
  CHECK(file.read().empty());
  file.add("import list");
  file.add("node status");
  CHECK(history_file{at.path / "state" / "history"}.read() == lines{"import list", "node status"});
  CHECK(mode_of(at.path / "state" / "history") == 0600U);
}

TEST_CASE("a history that others could read is closed to them at the next line") {
  folder at;
  std::ofstream{at.path / "history"} << "old\n";
  std::filesystem::permissions(at.path / "history", std::filesystem::perms{0644});
  history_file{at.path / "history"}.add("new");
  CHECK(mode_of(at.path / "history") == 0600U);
}

TEST_CASE("a line that begins with a blank is not kept, nor an empty one") {
  folder at;
  history_file file{at.path / "history"};
  file.add(" secretive");
  file.add("");
  CHECK(file.read().empty());
}

TEST_CASE("the file is cut to the newest lines when it is read") {
  folder at;
  history_file file{at.path / "history", 3};
  for (auto* x : {"a", "b", "c", "d", "e"}) file.add(x);
  CHECK(file.read() == lines{"c", "d", "e"});
  CHECK(history_file{at.path / "history", 100}.read() == lines{"c", "d", "e"});
  CHECK(mode_of(at.path / "history") == 0600U);
}

TEST_CASE("without a place nothing is kept and nothing fails") {
  history_file file{{}};
  file.add("a");
  CHECK(file.read().empty());
  history_file nowhere{"/proc/nonexistent/history"};
  nowhere.add("a");
  CHECK(nowhere.read().empty());
}

} // namespace history_file_test
