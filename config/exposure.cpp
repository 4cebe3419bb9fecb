#include "config/exposure.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

/// All that a configuration names, each in the strictest of its roles.
class looked_at {
public:
  void add(const fs::path& path, file_role role) {
    if (path.empty()) return;
    auto& known = roles_.try_emplace(path.lexically_normal().string(), role).first->second;
    if (role == file_role::data) known = role;
  }

  /// A file and the folder that it lies in: whoever may rename in that may put another in its place.
  void add_with_folder(const fs::path& file, file_role role, file_role folder = file_role::beside) {
    add(file, role);
    add(file.parent_path(), folder);
  }

  const std::map<std::string, file_role>& roles() const noexcept { return roles_; }

private:
  std::map<std::string, file_role> roles_;
};

looked_at files_of(const node_config& config) {
  looked_at files;
  files.add(config.data_dir, file_role::data);
  files.add(control_database(config), file_role::kept);
  files.add_with_folder(config.file, file_role::rules);
  files.add_with_folder(config.criteria_file, file_role::rules);
  files.add(config.control_socket.parent_path(), file_role::beside);
  if (config.http.ca_file) files.add_with_folder(*config.http.ca_file, file_role::rules);
  if (config.log.file) files.add_with_folder(*config.log.file, file_role::kept);
  for (auto& tenant : config.tenants) {
    if (tenant.criteria_overlay) files.add_with_folder(*tenant.criteria_overlay, file_role::rules);
    files.add_with_folder(tenant.database.location, file_role::kept, file_role::data);
  }
  return files;
}

exposure refuse(std::string text) { return {concern::refusal, std::move(text)}; }
exposure warn(std::string text) { return {concern::warning, std::move(text)}; }

} // namespace

std::optional<file_access> access_of(const fs::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return file_access{info.st_uid, info.st_gid, info.st_mode};
}

exposure judge(const file_access& found, file_role role, uid_t us) {
  bool is_folder = S_ISDIR(found.mode);
  // A terminal, a pipe or /dev/null is nothing that is kept.
  if (!is_folder && !S_ISREG(found.mode)) return {};
  bool only_warned = role == file_role::beside;
  if (found.owner != 0 && found.owner != us) {
    auto text =
        fmt::format("belongs to another user (uid {}), who could change it at any time; make it the node's "
                    "own (chown {})",
                    found.owner, us);
    return only_warned ? warn(std::move(text)) : refuse(std::move(text));
  }
  if ((found.mode & S_IWOTH) != 0) {
    // Under a sticky bit nobody replaces what is somebody else's.
    bool sticky = is_folder && (found.mode & S_ISVTX) != 0;
    if (only_warned && sticky) return {};
    auto text = fmt::format(
        "may be written to by everybody; run chmod o-w on it{}",
        role == file_role::data ? ", or name a folder in it, which is made if it is not there" : "");
    return only_warned || sticky ? warn(std::move(text)) : refuse(std::move(text));
  }
  bool is_private_group = found.group == 0 || found.group == found.owner;
  if ((found.mode & S_IWGRP) != 0 && !is_private_group)
    return warn(
        fmt::format("may be written to by its group (gid {}); run chmod g-w on it unless all of them may "
                    "decide what the node does",
                    found.group));
  if (role == file_role::kept && (found.mode & S_IROTH) != 0)
    return warn("may be read by everybody on this machine; run chmod o-r on it");
  return {};
}

outcome<std::vector<std::string>> check_exposure(const node_config& config) {
  std::vector<std::string> warnings;
  std::vector<std::string> refusals;
  std::string first;
  const auto files = files_of(config);
  for (auto& [path, role] : files.roles()) {
    auto found = access_of(path);
    if (!found) continue;
    auto what = judge(*found, role, ::geteuid());
    if (what.how == concern::none) continue;
    if (what.how == concern::refusal && first.empty()) first = path;
    auto& list = what.how == concern::refusal ? refusals : warnings;
    list.push_back(fmt::format("{} {}", path, what.text));
  }
  if (!refusals.empty()) return fail(ec::bad_config, fmt::format("{}", fmt::join(refusals, "; ")), first);
  return warnings;
}

} // namespace tidemark
