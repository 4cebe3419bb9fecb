#include "client_fixture.hpp"
#include "fake_node.hpp"

#include "tools/tidemark/interpreter.hpp"
#include "tools/tidemark/script.hpp"

#include "messages/caf_error.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <sstream>
#include <thread>
namespace interpreter_test {

using namespace tidemark;
using namespace tidemark::cli;

tenant_info active(const std::string& id) {
  tenant_info info;
  info.id = id;
  info.state = "active";
  return info;
}

/// Who serves the tenants, and what was asked of it.
node_script serving(std::vector<std::string>& resumed) {
  node_script script;
  script.on<list_tenants>() = [](const list_tenants&) { return tenant_list{{active("acme")}}; };
  script.on<resume_tenant>() = [&resumed](const resume_tenant& x) -> caf::result<tenant_info> {
    resumed.push_back(x.tenant);
    if (x.tenant == "nobody") return to_caf_error({ec::unknown_tenant, "no tenant nobody", "nobody"});
    if (x.tenant == "broken") return to_caf_error({ec::internal, "it is broken", "broken"});
    return active(x.tenant);
  };
  return script;
}

struct session {
  explicit session(const std::string& path) : with{path, client.in, client.to, "anna@local"} {}

  exit_code run(const std::string& script) {
    std::istringstream from{script};
    return run_script(from, with, [](bool) {}, true);
  }

  test_client client;
  interpreter with;
};

TEST_CASE("a line holds several commands, and a script several lines") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  session it{node.path()};
  CHECK(it.run("tenant resume a; tenant resume b\n# a remark\n\ntenant resume c") == exit_code::done);
  CHECK(resumed == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a failure stops nothing, and the code is that of the last one") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  session it{node.path()};
  CHECK(it.run("tenant resume broken; tenant resume nobody\ntenants") == exit_code::refused);
  CHECK(it.run("tenant resume nobody\ntenant resume broken") == exit_code::failed);
  CHECK(resumed == std::vector<std::string>{"broken", "nobody", "nobody", "broken"});
}

TEST_CASE("a script ends at the first failure if that is asked for") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  test_client client;
  interpreter with{node.path(), client.in, client.to, "anna@local", true};
  std::istringstream from{"tenant resume a; tenant resume nobody; tenant resume b\ntenant resume c"};
  CHECK(run_script(from, with, [](bool) {}, true) == exit_code::refused);
  CHECK(resumed == std::vector<std::string>{"a", "nobody"});
}

TEST_CASE("for programs, what goes wrong is an object, too") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  session it{node.path()};
  it.run("tenant resume nobody --json\ntenant --json");
  CHECK(it.client.err()
        == "{\"error\":{\"text\":\"no tenant nobody\",\"exit_code\":2,\"where\":\"line 1\"}}\n"
           "{\"error\":{\"text\":\"tenant what? one of check, suspend, resume; see help tenant\","
           "\"exit_code\":2,\"where\":\"line 2\"}}\n");
}

TEST_CASE("quiet tells nothing but what goes wrong") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  test_client client;
  std::string out;
  client.to.out = [&](std::string_view text) { out += text; };
  interpreter with{node.path(), client.in, client.to, "anna@local"};
  with.run("tenants --quiet; version -q; tenant resume nobody --quiet");
  CHECK(out.empty());
  CHECK(client.err().find("no tenant nobody") != std::string::npos);
  with.run("tenants");
  CHECK(out.find("acme") != std::string::npos);
}

TEST_CASE("quit leaves, too") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  session it{node.path()};
  CHECK(it.run("quit\ntenant resume a") == exit_code::done);
  CHECK(resumed.empty());
}

TEST_CASE("what goes wrong in a script names its line, whoever says it") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  session it{node.path()};
  it.run("tenants\ntenant resume nobody\nnonsense\n'open");
  CHECK(it.client.err()
        == "tidemark: line 2: no tenant nobody\n"
           "tidemark: line 3: there is no command \"nonsense\"; see help\n"
           "tidemark: line 4: the quote ' is not closed\n");
}

TEST_CASE("exit ends a script, with the code so far") {
  std::vector<std::string> resumed;
  fake_node node{serving(resumed)};
  session it{node.path()};
  CHECK(it.run("tenant resume nobody\nexit\ntenant resume a") == exit_code::refused);
  CHECK(it.with.leaving());
  CHECK(resumed == std::vector<std::string>{"nobody"});
}

TEST_CASE("who interrupts a command does not mean the next one to begin") {
  std::vector<std::string> resumed;
  auto script = serving(resumed);
  session* current = nullptr;
  script.on<list_tenants>() = [&current](const list_tenants&) -> caf::result<tenant_list> {
    current->client.in.put(interrupted{});
    return to_caf_error({ec::internal, "too late"});
  };
  fake_node node{std::move(script)};
  session it{node.path()};
  current = &it;
  CHECK(it.run("tenants; tenant resume a\ntenant resume b") == exit_code::interrupted);
  CHECK(resumed.empty());
}

TEST_CASE("a node that went away is linked anew by the next command") {
  std::vector<std::string> resumed;
  auto first = std::make_unique<fake_node>(serving(resumed));
  session it{first->path()};
  CHECK(it.with.run("tenants") == exit_code::done);
  first->vanish();
  while (it.with.link() != nullptr) std::this_thread::yield();
  CHECK(it.with.run("tenants") == exit_code::node_lost);
  first->come_back();
  CHECK(it.with.run("tenants") == exit_code::done);
}

TEST_CASE("commands that need no node need none") {
  session it{"/nowhere/control.sock"};
  CHECK(it.run("version; help") == exit_code::done);
  CHECK(it.run("tenants") == exit_code::node_lost);
}

} // namespace interpreter_test
