#include "config/exposure.hpp"
#include "tests/unit/config/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace exposure_test {

using namespace tidemark;
using enum file_role;

constexpr uid_t us = 1000;

concern of_file(uid_t owner, gid_t group, mode_t mode, file_role role) {
  return judge({owner, group, S_IFREG | mode}, role, us).how;
}
concern of_folder(uid_t owner, gid_t group, mode_t mode, file_role role) {
  return judge({owner, group, S_IFDIR | mode}, role, us).how;
}

TEST_CASE("a common clone is no matter, whatever the umask that it was made under") {
  for (uid_t owner : {us, uid_t{0}})
    for (mode_t mode : {0644U, 0664U, 0600U, 0444U})
      CHECK(of_file(owner, owner, mode, rules) == concern::none);
  for (mode_t mode : {0755U, 0775U, 0700U}) {
    CHECK(of_folder(us, us, mode, beside) == concern::none);
    CHECK(of_folder(us, us, mode, data) == concern::none);
  }
}

TEST_CASE("what belongs to another user is refused") {
  CHECK(of_file(1001, 1001, 0600, rules) == concern::refusal);
  CHECK(of_file(1001, 1001, 0600, kept) == concern::refusal);
  CHECK(of_folder(1001, 1001, 0700, data) == concern::refusal);
  CHECK(of_folder(1001, 1001, 0755, beside) == concern::warning);
  CHECK(judge({1001, 1001, S_IFREG | 0600}, rules, us).text.contains("uid 1001"));
}

TEST_CASE("what everybody may write to is refused") {
  CHECK(of_file(us, us, 0666, rules) == concern::refusal);
  CHECK(of_file(0, 0, 0622, kept) == concern::refusal);
  CHECK(of_folder(us, us, 0777, data) == concern::refusal);
  CHECK(of_folder(us, us, 01777, data) == concern::warning);
  CHECK(of_folder(0, 0, 0777, beside) == concern::warning);
  CHECK(of_folder(0, 0, 01777, beside) == concern::none);
}

TEST_CASE("a group of others that may write is warned of") {
  CHECK(of_file(us, 100, 0664, rules) == concern::warning);
  CHECK(of_file(us, 100, 0660, kept) == concern::warning);
  CHECK(of_folder(us, 100, 02770, data) == concern::warning);
  CHECK(of_file(us, 100, 0640, kept) == concern::none); // a group that reads
}

TEST_CASE("records and logs that everybody may read are warned of") {
  CHECK(of_file(us, us, 0644, kept) == concern::warning);
  CHECK(of_file(us, us, 0644, rules) == concern::none);
}

TEST_CASE("what is no file is nobody's") {
  CHECK(judge({0, 0, S_IFCHR | 0666}, kept, us).how == concern::none);
  CHECK(judge({1001, 5, S_IFIFO | 0622}, kept, us).how == concern::none);
}

TEST_CASE("all that a configuration names is looked at") {
  const scratch_folder folder;
  node_config config;
  config.file = folder.write("node.toml", "");
  config.criteria_file = folder.write("criteria.json", "");
  config.data_dir = folder.path() / "data";
  config.control_socket = config.data_dir / "control.sock";
  config.log.file = folder.write("node.log", "");
  config.http.ca_file = folder.write("ca.pem", "");
  auto& tenant = config.tenants.emplace_back();
  tenant.criteria_overlay = folder.write("overlay.json", "");
  std::filesystem::create_directory(config.data_dir);
  std::filesystem::create_directory(folder.path() / "elsewhere");
  tenant.database.location = (folder.path() / "elsewhere" / "acme.db").string();
  auto found = check_exposure(config);
  REQUIRE(found);
  CHECK(found->empty());

  auto other = folder.write("elsewhere/acme.db", "");
  ::chmod((config.data_dir).c_str(), 0755);
  folder.write("data/control.db", "");
  for (auto* name : {"node.toml", "criteria.json", "ca.pem", "overlay.json", "node.log", "elsewhere/acme.db",
                     "data/control.db", "elsewhere", "data"}) {
    auto path = folder.path() / name;
    auto before = access_of(path)->mode;
    ::chmod(path.c_str(), before | S_IWOTH);
    auto refused = check_exposure(config);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::bad_config);
    CHECK(refused.error().subject == path.string());
    CHECK(refused.error().message.contains("chmod o-w"));
    ::chmod(path.c_str(), before);
  }
  CHECK(check_exposure(config));
  ::chmod(other.c_str(), 0644);
  found = check_exposure(config);
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(found->front().starts_with(other.string()));
}

} // namespace exposure_test
