/// A folder that lives as long as a test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidemark {

class scratch_folder {
public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidemark-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder in " + name);
    path_ = std::filesystem::canonical(name);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes a file that its owner alone may use, unless `open_to_others`.
  std::filesystem::path write(std::string_view name, std::string_view text,
                              bool open_to_others = false) const {
    using std::filesystem::perms;
    const auto file = path_ / name;
    std::ofstream{file, std::ios::binary} << text;
    const auto owner = perms::owner_read | perms::owner_write;
    std::filesystem::permissions(file,
                                 open_to_others ? owner | perms::group_read | perms::others_read : owner);
    return file;
  }

private:
  std::filesystem::path path_;
};

} // namespace tidemark
