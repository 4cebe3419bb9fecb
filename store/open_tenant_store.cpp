#include "store/open_tenant_store.hpp"

#include "store/sqlite/sqlite_store.hpp"

#include <filesystem>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

} // namespace

unix_ms system_time() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

outcome<std::unique_ptr<tenant_store>> open_tenant_store(std::string_view url, const store_options& options) {
  if (!url.starts_with(sqlite_scheme))
    return fail(ec::bad_config,
                fmt::format("the database \"{}\" is of no known kind: write sqlite:/path/to/file", url),
                std::string{url});
  std::filesystem::path path{url.substr(sqlite_scheme.size())};
  if (!path.is_absolute())
    return fail(ec::bad_config,
                fmt::format("the database \"{}\" has no absolute path: write sqlite:/path/to/file", url),
                std::string{url});
  return sqlite::sqlite_store::open(path.string(), options);
}

} // namespace tidemark
