/// A SQLite database in a folder of its own.
#pragma once

#include "conformance/test_database.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tidemark::test {

/// A folder that goes with everything in it.
class temporary_folder {
public:
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();

  const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

class sqlite_file final : public test_database {
public:
  outcome<std::unique_ptr<tenant_store>> open(const store_options& options) override;
  outcome<std::unique_ptr<ledger_reader>> open_reader() override;
  std::vector<std::string> sql(const std::string& text) override;

  std::filesystem::path path() const { return folder_.path() / "acme.db"; }
  std::string url() const { return "sqlite:" + path().string(); }

private:
  temporary_folder folder_;
};

} // namespace tidemark::test
