#include "store/open_tenant_store.hpp"

#include "store/ledger_reader.hpp"
#include "store/sqlite/comparison.hpp"
#include "store/sqlite/sqlite_reader.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/stop_note.hpp"
#include "store/store_comparison.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace tidemark {

type_families families_of(const criteria& types) {
  type_families found;
  for (const auto& type : types.record_types())
    if (type.set) found[type.set->parent].sets.push_back(type.name);
  for (auto& [parent, family] : found)
    if (const auto* type = types.find(parent)) family.filtered = !type->filter.empty();
  return found;
}

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

/// The file that a url names.
outcome<std::filesystem::path> path_of(std::string_view url) {
  if (!url.starts_with(sqlite_scheme))
    return fail(ec::bad_config,
                fmt::format("the database \"{}\" is of no known kind: write sqlite:/path/to/file", url),
                std::string{url});
  std::filesystem::path path{url.substr(sqlite_scheme.size())};
  if (!path.is_absolute())
    return fail(ec::bad_config,
                fmt::format("the database \"{}\" has no absolute path: write sqlite:/path/to/file", url),
                std::string{url});
  return path;
}

} // namespace

unix_ms system_time() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

outcome<std::unique_ptr<tenant_store>> open_tenant_store(std::string_view url, const store_options& options) {
  auto path = path_of(url);
  if (!path) return std::unexpected(std::move(path.error()));
  return sqlite::sqlite_store::open(path->string(), options);
}

outcome<std::unique_ptr<ledger_reader>> open_ledger_reader(std::string_view url,
                                                           std::chrono::milliseconds lock_patience,
                                                           const std::optional<ownership>& known) {
  auto path = path_of(url);
  if (!path) return std::unexpected(std::move(path.error()));
  return sqlite::sqlite_reader::open(path->string(), lock_patience, known);
}

outcome<std::unique_ptr<store_comparison>> compare_stores(std::string_view chunked, std::string_view legacy) {
  auto first = path_of(chunked);
  if (!first) return std::unexpected(std::move(first.error()));
  auto second = path_of(legacy);
  if (!second) return std::unexpected(std::move(second.error()));
  return sqlite::comparison::open(first->string(), second->string());
}

outcome<void> note_clean_stop(std::string_view url, const ownership& who) {
  auto path = path_of(url);
  if (!path) return std::unexpected(std::move(path.error()));
  if (sqlite::leave_stop_note(path->string(), who)) return {};
  auto note = sqlite::stop_note(path->string());
  return fail(ec::store_unavailable, fmt::format("{} cannot be written", note), note);
}

outcome<void> remove_store(std::string_view url) {
  auto path = path_of(url);
  if (!path) return std::unexpected(std::move(path.error()));
  for (const auto* suffix : {"", "-wal", "-shm", "-stopped"}) {
    auto file = path->string() + suffix;
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error)
      return fail(ec::store_unavailable, fmt::format("{} cannot be removed: {}", file, error.message()),
                  file);
  }
  return {};
}

} // namespace tidemark
