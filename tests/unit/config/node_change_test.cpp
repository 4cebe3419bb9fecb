#include "config/node_change.hpp"

#include <doctest/doctest.h>
namespace node_change_test {

using namespace tidemark;

using names = std::vector<std::string>;

tenant_config tenant(const std::string& id, const std::string& account = "1_SB1", std::uint32_t limit = 5) {
  tenant_config result;
  result.id = id;
  result.account = account;
  result.concurrency_limit = limit;
  result.auth = tba_auth{secret{"key"}, secret{"key-secret"}, secret{"token"}, secret{"token-secret"}};
  return result;
}

node_config with(std::vector<tenant_config> tenants) {
  node_config result;
  result.name = "node-1";
  result.tenants = std::move(tenants);
  return result;
}

node_change changed(const node_config& running, const node_config& wanted,
                    const std::set<std::string>& other_types = {}) {
  auto got = compare(running, wanted, other_types);
  REQUIRE_MESSAGE(got, got.error().message);
  return *got;
}

std::string refusal(const node_config& running, const node_config& wanted) {
  auto got = compare(running, wanted, {});
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ec::bad_config);
  return got.error().message;
}

TEST_CASE("the same configuration changes nothing") {
  auto config = with({tenant("acme"), tenant("globex")});
  auto change = changed(config, config);
  CHECK(change.empty());
  CHECK(describe(change).empty());
}

TEST_CASE("tenants come and go, in whatever order the file has them") {
  auto change = changed(with({tenant("acme"), tenant("globex")}), with({tenant("initech"), tenant("acme")}));
  CHECK(change.added == names{"initech"});
  CHECK(change.removed == names{"globex"});
  CHECK(change.changed.empty());
}

TEST_CASE("a new secret is a new login, and is not told") {
  auto renewed = tenant("acme");
  std::get<tba_auth>(renewed.auth).token_secret = secret{"another-secret"};
  auto change = changed(with({tenant("acme")}), with({renewed}));
  REQUIRE(change.changed.size() == 1);
  CHECK(change.changed[0].credentials);
  CHECK(describe(change) == names{"tenant acme has new credentials"});
}

TEST_CASE("another method of authentication is a new login as well") {
  auto renewed = tenant("acme");
  renewed.auth = no_auth{};
  CHECK(changed(with({tenant("acme")}), with({renewed})).changed.at(0).credentials);
}

TEST_CASE("other criteria concern the tenants whose record types they change") {
  auto config = with({tenant("acme"), tenant("globex")});
  CHECK(describe(changed(config, config, {"globex"})) == names{"tenant globex has new criteria"});
}

TEST_CASE("another criteria file that says the same changes nothing") {
  auto wanted = with({tenant("acme")});
  wanted.criteria_file = "/other.json";
  CHECK(changed(with({tenant("acme")}), wanted).empty());
}

TEST_CASE("a limit is changed once for its account, however many tenants share it, and none begins anew") {
  auto change = changed(with({tenant("a"), tenant("b"), tenant("c", "2")}),
                        with({tenant("a", "1_SB1", 9), tenant("b", "1_SB1", 9), tenant("c", "2")}));
  CHECK(change.changed.empty());
  CHECK(describe(change) == names{"account 1_SB1 has a limit of 9 instead of a limit of 5"});
}

TEST_CASE("a reserve, and asking the account itself, are changes of its slots") {
  auto reserving = tenant("a");
  reserving.concurrency_reserve = 2;
  auto asking = tenant("a");
  asking.concurrency_auto = true;
  CHECK(describe(changed(with({reserving}), with({asking})))
        == names{"account 1_SB1 has its own limit instead of a limit of 5 less 2"});
}

TEST_CASE("the limit of an account that was not served before is no change of a limit") {
  CHECK(changed(with({tenant("a")}), with({tenant("a"), tenant("b", "2", 7)})).slots.empty());
}

TEST_CASE("every other setting of a tenant lets it begin anew, by name") {
  auto wanted = tenant("acme");
  wanted.base_url = "http://elsewhere";
  wanted.accept_language = "de";
  wanted.planning = planning_mode::walk;
  wanted.deletes = deletes_mode::remove;
  wanted.database.location = "/elsewhere.db";
  CHECK(describe(changed(with({tenant("acme")}), with({wanted})))
        == names{"tenant acme has new base_url, database, accept_language, planning, deletes"});
}

TEST_CASE("what takes effect only at a start is refused, all of it by name, together with the rest") {
  auto wanted = with({tenant("acme"), tenant("globex")});
  wanted.name = "node-2";
  wanted.http.max_body = 1;
  wanted.log.level = log_level::debug;
  CHECK(refusal(with({tenant("acme")}), wanted)
        == "nothing was changed: node.name, [http], [log] take effect only when the node starts; restart it, "
           "or put "
           "back what was there and reload");
}

} // namespace node_change_test
