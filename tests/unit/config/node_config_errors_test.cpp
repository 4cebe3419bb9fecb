#include "config/node_config.hpp"
#include "tests/unit/config/scratch_folder.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>
namespace node_config_errors_test {

using namespace tidemark;

std::optional<std::string> test_environment(const std::string& name) {
  if (name == "SET") return "sesame";
  if (name == "EMPTY") return "";
  if (name == "LINES") return "sesame\nsesame";
  return std::nullopt;
}

std::string error_of(const scratch_folder& folder, std::string_view text, bool open_to_others = false) {
  const auto result = load_node_config(folder.write("n.toml", text, open_to_others), test_environment);
  if (result) return "no error";
  CHECK(result.error().code == ec::bad_config);
  CHECK(!result.error().message.contains("sesame"));
  return result.error().message;
}

// Four lines, so that what follows begins at line 5.
constexpr std::string_view bare_node = "[node]\nname = \"n\"\ndata_dir = \"data\"\ncriteria = \"c.json\"\n";

// Five lines from line 5 on, so that what follows begins at line 10.
constexpr std::string_view first_tenant = "[[tenants]]\nid = \"a\"\naccount = \"1\"\nbase_url = "
                                          "\"http://localhost:1\"\nauth = { method = \"none\" }\n";

std::string node(std::string_view more) { return fmt::format("{}{}\n", bare_node, more); }

/// A tenant on this machine whose extra settings are at line 10.
std::string tenant(std::string_view more) { return fmt::format("{}{}{}\n", bare_node, first_tenant, more); }

/// A second tenant whose settings begin at line 11.
std::string second(std::string_view settings) {
  return tenant(fmt::format("[[tenants]]\n{}\nauth = {{ method = \"none\" }}", settings));
}

/// A tenant on NetSuite's own host whose auth settings begin at line 9.
std::string auth(std::string_view settings) {
  return node(fmt::format("[[tenants]]\nid = \"a\"\naccount = \"1\"\n[tenants.auth]\n{}", settings));
}

/// A token whose secret, at line 13, is this setting.
std::string token_secret(std::string_view setting) {
  return auth(fmt::format(
      "method = \"tba\"\nconsumer_key = \"env:SET\"\nconsumer_secret = \"env:SET\"\ntoken = \"env:SET\"\n{}",
      setting));
}

/// A private key at line 12.
std::string private_key(std::string_view value) {
  return auth(
      fmt::format("method = \"oauth2\"\nclient_id = \"x\"\ncertificate_id = \"x\"\nprivate_key = {}", value));
}

struct claim {
  const char* what;
  std::string text;
  const char* place;
  const char* says;
};

std::vector<claim> claims() {
  return {
      {"broken TOML", "[node]\nname = oops\n", "n.toml:2:", "not TOML"},
      {"a key twice", "[node]\nname = \"a\"\nname = \"b\"\n", "n.toml:3:", "not TOML"},
      {"an endless line", std::string(100'000, '.'), "n.toml:1: ", "longer than 8192"},
      {"an empty file", "", "n.toml:1: ", "add a [node] section"},
      {"a node that is no section", "node = 1\n",
       "n.toml:1: ", "node is a whole number, but must be a section"},
      {"no name", "[node]\ndata_dir = \"d\"\ncriteria = \"c\"\n", "n.toml:1: ", "node.name is missing"},
      {"no data folder", "[node]\nname = \"n\"\ncriteria = \"c\"\n",
       "n.toml:1: ", "node.data_dir is missing"},
      {"no criteria file", "[node]\nname = \"n\"\ndata_dir = \"d\"\n",
       "n.toml:1: ", "node.criteria is missing"},
      {"a bad node name", "[node]\nname = \"n n\"\ndata_dir = \"d\"\ncriteria = \"c\"\n",
       "n.toml:2: ", "1 to 64 of A-Z"},
      {"an empty text", "[node]\nname = \"\"\ndata_dir = \"d\"\ncriteria = \"c\"\n",
       "n.toml:2: ", "node.name is empty"},
      {"a control character", "[node]\nname = \"n\"\ndata_dir = \"d\\u0000\"\ncriteria = \"c\"\n",
       "n.toml:3: ", "control character"},
      {"an unknown section", node("[htpp]"), "n.toml:5: ", "did you mean 'http'?"},
      {"an unknown setting", node("max_atempts = 3"),
       "n.toml:5: ", "node has an unknown setting 'max_atempts'; did you mean 'max_attempts'?"},
      {"an unknown setting that resembles nothing", node("[log]\ncolour = 3"),
       "n.toml:6: ", "known here: components, file"},
      {"a text for a number", node("max_attempts = \"3\""),
       "n.toml:5: ", "is text, but must be a whole number"},
      {"a fraction for a number", node("max_attempts = 3.5"),
       "n.toml:5: ", "is a fraction, but must be a whole number"},
      {"a number for a text", node("control = 3"),
       "n.toml:5: ", "is a whole number, but must be text in quotes"},
      {"a number out of range", node("max_attempts = 0"), "n.toml:5: ", "is 0, but must be 1 to 100"},
      {"two patiences", node("patience_seconds = [5, 10]"),
       "n.toml:5: ", "a list of 3 whole numbers from 1 to 3600"},
      {"four patiences", node("patience_seconds = [5, 10, 15, 20]"),
       "n.toml:5: ", "a list of 3 whole numbers"},
      {"a patience of no time", node("patience_seconds = [0, 10, 15]"),
       "n.toml:5: ", "a list of 3 whole numbers"},
      {"a patience that is one number", node("patience_seconds = 5"),
       "n.toml:5: ", "a list of 3 whole numbers"},
      {"a control door of another kind", node("control = \"tcp:1234\""),
       "n.toml:5: ", "must be a Unix-domain socket"},
      {"a control socket without name", node("control = \"unix:\""),
       "n.toml:5: ", "must be a Unix-domain socket"},
      {"a long socket path", node(fmt::format("control = \"unix:/{}\"", std::string(107, 's'))),
       "n.toml:5: ", "at most 107"},
      {"a budget below one answer", node("byte_budget_mb = 32"),
       "n.toml:1: ", "less than one answer may have"},
      {"a connect time-out above the total", node("[http]\nconnect_timeout_s = 10\ntotal_timeout_s = 5"),
       "n.toml:5: ", "above its total_timeout_s"},
      {"a proxy that is none", node("[http]\nproxy = \"host:3128\""), "n.toml:6: ", "is no proxy"},
      {"a proxy with a port that is none", node("[http]\nproxy = \"http://a:b@127.0.0.1:99999\""),
       "n.toml:6: ", "is no proxy"},
      {"a missing authorities file", node("[http]\nca_file = \"nowhere.pem\""),
       "n.toml:6: ", "nowhere.pem, which is not there"},
      {"a window shorter than a sample", node("[alerts]\nsample_seconds = 10\nwindow_seconds = 5"),
       "n.toml:7: ", "alerts.window_seconds is below sample_seconds"},
      {"a share of more than all", node("[alerts]\nmemory_percent = 101"),
       "n.toml:6: ", "is 101, but must be 0 to 100"},
      {"a log that is smaller than usual", node("[alerts]\nlog_mb = 16"), "n.toml:6: ", "give 32 or more"},
      {"an unknown alert", node("[alerts]\ndisk_free = 5"), "n.toml:6: ", "did you mean 'disk_free_mb'?"},
      {"an unknown log level", node("[log]\nlevel = \"loud\""),
       "n.toml:6: ", "not one of trace, debug, info, warning, error, off"},
      {"an unknown log format", node("[log]\nformat = \"xml\""), "n.toml:6: ", "not one of text, json"},
      {"an unknown level of a component", node("[log]\ncomponents = { pool = \"loud\" }"),
       "n.toml:6: ", "log.components.pool is not one of trace"},
      {"a component that is no name", node("[log]\ncomponents = { \"a b\" = \"debug\" }"),
       "n.toml:6: ", "log.components has an unknown setting 'a b'"},
      {"one tenant in single brackets", node("[tenants]\nid = \"a\""), "n.toml:5: ", "[[tenants]]"},
      {"tenants that are numbers", fmt::format("tenants = [1]\n{}", bare_node),
       "n.toml:1: ", "tenants holds a whole number; begin each entry with [[tenants]]"},
      {"a tenant without id",
       node("[[tenants]]\naccount = \"1\"\nbase_url = \"http://localhost\"\nauth = { method = \"none\" }"),
       "n.toml:5: ", "tenants[0].id is missing"},
      {"a tenant without account",
       node("[[tenants]]\nid = \"a\"\nbase_url = \"http://localhost\"\nauth = { method = \"none\" }"),
       "n.toml:5: ", "tenants[0].account is missing"},
      {"a tenant without auth", node("[[tenants]]\nid = \"a\"\naccount = \"1\""),
       "n.toml:5: ", "add a [tenants.auth] section"},
      {"auth that is a text", node("[[tenants]]\nid = \"a\"\naccount = \"1\"\nauth = \"none\""),
       "n.toml:8: ", "must be a section"},
      {"a bad tenant id", second("id = \"b/../c\"\naccount = \"2\"\nbase_url = \"http://localhost\""),
       "n.toml:11: ", "1 to 64 of A-Z a-z 0-9 _ -"},
      {"a long tenant id",
       second(fmt::format("id = \"{}\"\naccount = \"2\"\nbase_url = \"http://localhost\"",
                          std::string(65, 'x'))),
       "n.toml:11: ", "1 to 64"},
      {"a tenant id twice",
       second("id = \"a\"\naccount = \"2\"\nbase_url = \"http://localhost\"\ndatabase = \"sqlite:b.db\""),
       "n.toml:11: ", "already the id of the tenant at line 6"},
      {"one database for two",
       second(
           "id = \"b\"\naccount = \"2\"\nbase_url = \"http://localhost\"\ndatabase = \"sqlite:x/../a.db\""),
       "n.toml:14: ", "already the database of the tenant at line 6"},
      {"two limits of one account",
       second("id = \"b\"\naccount = \"1\"\nbase_url = \"http://localhost:1\"\nconcurrency_limit = 6"),
       "n.toml:14: ", "is 6, but the tenant at line 6 gives the same account 5"},
      {"two URLs of one account", second("id = \"b\"\naccount = \"1\"\nbase_url = \"http://localhost:2\""),
       "n.toml:13: ", "differs from that of the tenant at line 6"},
      {"a host for an account",
       second("id = \"b\"\naccount = \"2.suitetalk.api.netsuite.com\"\nbase_url = \"http://localhost\""),
       "n.toml:12: ", "no account id"},
      {"a limit of zero", tenant("concurrency_limit = 0"), "n.toml:10: ", "must be 1 to 1000"},
      {"a limit in words", tenant("concurrency_limit = \"many\""), "n.toml:10: ", "1 to 1000, or \"auto\""},
      {"a reserve that leaves nothing", tenant("concurrency_reserve = 5"),
       "n.toml:10: ", "leaves nothing of the limit of 5"},
      {"two reserves of one account",
       second("id = \"b\"\naccount = \"1\"\nbase_url = \"http://localhost:1\"\nconcurrency_reserve = 2"),
       "n.toml:14: ", "is 2, but the tenant at line 6 gives the same account 0"},
      {"a limit of 1001", tenant("concurrency_limit = 1001"), "n.toml:10: ", "must be 1 to 1000"},
      {"an unknown database", tenant("database = \"oracle:x\""), "n.toml:10: ", "one of: sqlite"},
      {"a database without kind", tenant("database = \"x.db\""), "n.toml:10: ", "KIND:LOCATION"},
      {"a database without file", tenant("database = \"sqlite:\""), "n.toml:10: ", "a file that stays"},
      {"a database in memory", tenant("database = \"sqlite::memory:\""), "n.toml:10: ", "a file that stays"},
      {"the node's own database", tenant("database = \"sqlite:control.db\""),
       "n.toml:10: ", "which the node keeps its flags"},
      {"a tenant with the name of the node's own database",
       second("id = \"control\"\naccount = \"2\"\nbase_url = \"http://localhost\""),
       "n.toml:11: ", "a name that is reserved"},
      {"the same with a database of its own",
       second("id = \"Control\"\naccount = \"2\"\nbase_url = \"http://localhost\"\ndatabase = "
              "\"sqlite:c.db\""),
       "n.toml:11: ", "a name that is reserved"},
      {"a URL with a path of the account's services",
       second("id = \"b\"\naccount = \"2\"\nbase_url = "
              "\"https://2.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql\""),
       "n.toml:13: ", "ends with a path of NetSuite's services"},
      {"a component that writes nothing", node("[log]\ncomponents = { pol = \"debug\" }"),
       "n.toml:6: ", "log.components has an unknown setting 'pol'; did you mean 'pool'?"},
      {"a level that is nearly one", node("[log]\nlevel = \"warnin\""),
       "n.toml:6: ", "did you mean 'warning'?"},
      {"a method that is nearly one", auth("method = \"oauth\""), "n.toml:9: ", "did you mean 'oauth2'?"},
      {"a tenant of the flag that nobody has",
       tenant("[features]\nchunked_import = true\nchunked_import_tenants = [\"aa\"]"),
       "n.toml:", "names the tenant 'aa' in chunked_import_tenants, which is none of the tenants below"},
      {"a language that is a header", tenant("accept_language = \"en: x\""),
       "n.toml:10: ", "no language tag"},
      {"an unknown planning mode", tenant("planning = \"none\""),
       "n.toml:10: ", "not one of auto, boundaries, walk"},
      {"an unknown setting of a tenant", tenant("databse = \"sqlite:x.db\""),
       "n.toml:10: ", "did you mean 'database'?"},
      {"plain http to elsewhere",
       node("[[tenants]]\nid = \"a\"\naccount = \"1\"\nbase_url = "
            "\"http://host.example\"\n[tenants.auth]\nmethod = \"tba\"\n"
            "consumer_key = \"env:SET\"\nconsumer_secret = \"env:SET\"\ntoken = \"env:SET\"\ntoken_secret = "
            "\"env:SET\""),
       "n.toml:8: ", "in the clear"},
      {"a URL that is none", second("id = \"b\"\naccount = \"2\"\nbase_url = \"host.example\""),
       "n.toml:13: ", "must begin with https://"},
      {"no method", auth("token = \"x\""), "n.toml:8: ", "say tba, oauth2, none"},
      {"an unknown method", auth("method = \"basic\""), "n.toml:9: ", "not one of tba, oauth2, none"},
      {"no auth beyond this machine", auth("method = \"none\""),
       "n.toml:9: ", "only for a base_url on this machine"},
      {"a missing credential", token_secret(""), "n.toml:8: ", "tenants[0].auth.token_secret is missing"},
      {"a credential of another kind", token_secret("token_secret = 5"),
       "n.toml:13: ", "must be text in quotes"},
      {"an unset variable", token_secret("token_secret = \"env:NOT_SET\""),
       "n.toml:13: ", "'NOT_SET', which is not set"},
      {"an empty variable", token_secret("token_secret = \"env:EMPTY\""),
       "n.toml:13: ", "is empty where it comes from"},
      {"a variable of two lines", token_secret("token_secret = \"env:LINES\""),
       "n.toml:13: ", "a credential is one line"},
      {"a credential of nothing but a line break", token_secret("token_secret = \"\\n\""),
       "n.toml:13: ", "is empty where it comes from"},
      {"a file name with a line break", token_secret("token_secret = \"file:a\\nb\""),
       "n.toml:13: ", "names a file with a line break"},
      {"a missing file", token_secret("token_secret = \"file:nowhere\""),
       "n.toml:13: ", "nowhere: No such file"},
      {"a folder for a file", token_secret("token_secret = \"file:.\""), "n.toml:13: ", "not a regular file"},
      {"a file that others can read", token_secret("token_secret = \"file:open\""),
       "n.toml:13: ", "run chmod 600 on it"},
      {"an empty file", token_secret("token_secret = \"file:empty\""),
       "n.toml:13: ", "is empty where it comes from"},
      {"a setting of another method", token_secret("token_secret = \"env:SET\"\nclient_id = \"x\""),
       "n.toml:14: ", "unknown setting 'client_id'"},
      {"a private key that is none", private_key("\"env:SET\""),
       "n.toml:12: ", "not a private key in PEM form"},
      {"a private key with a pass phrase",
       private_key("\"\"\"-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n\"\"\""),
       "n.toml:12: ", "encrypted with a pass phrase"},
      {"an unknown algorithm",
       private_key("\"\"\"-----BEGIN PRIVATE KEY-----\nx\n\"\"\"\nalgorithm = \"RS256\""),
       "n.toml:15: ", "not one of PS256, PS384, PS512, ES256, ES384, ES512"},
  };
}

TEST_CASE("every mistake in a node's configuration is told with file, line and the remedy") {
  const scratch_folder folder;
  folder.write("open", "sesame", true);
  folder.write("empty", "\n");
  for (const auto& claim : claims()) {
    const auto message = error_of(folder, claim.text);
    CAPTURE(claim.what);
    CAPTURE(message);
    CHECK(message.contains(claim.place));
    CHECK(message.contains(claim.says));
    CHECK(!message.contains('\n'));
  }
}

TEST_CASE("all mistakes of a configuration are told in one go") {
  const scratch_folder folder;
  const auto message =
      error_of(folder, "[node]\nname = 5\nmax_attempts = 0\n[log]\nlevel = 1\n[[tenants]]\nid = \"a b\"\n");
  CAPTURE(message);
  for (const auto* part : {"n.toml:1: node.data_dir", "n.toml:1: node.criteria", "n.toml:2: node.name",
                           "n.toml:3: node.max_attempts", "n.toml:5: log.level", "n.toml:7: tenants[0].id",
                           "n.toml:6: tenants[0].account", "n.toml:6: tenants[0].auth"})
    CHECK_MESSAGE(message.contains(part), part);
  CHECK(std::ranges::count(message, '\n') == 7);
}

TEST_CASE("a credential in a configuration that others can read is refused") {
  const scratch_folder folder;
  const auto text = token_secret("token_secret = \"sesame\"");
  CHECK(error_of(folder, text) == "no error");
  const auto message = error_of(folder, text, true);
  CHECK(message.contains("n.toml:13: tenants[0].auth.token_secret is a secret in a file"));
  CHECK(message.contains("run chmod 600 on this file"));
}

TEST_CASE("a proxy's password is no matter for everybody") {
  const scratch_folder folder;
  const auto text = node("[http]\nproxy = \"http://me:sesame@host:3128\"");
  const auto message = error_of(folder, text, true);
  CHECK(message.contains("run chmod 600 on this file"));
  CHECK(!message.contains("sesame"));
  CHECK(load_node_config(folder.write("n.toml", text), test_environment));
}

TEST_CASE("a credential for a simulator on this machine may stand in a readable configuration") {
  const scratch_folder folder;
  CHECK(error_of(folder,
                 node("[[tenants]]\nid = \"a\"\naccount = \"1\"\nbase_url = "
                      "\"http://localhost\"\n[tenants.auth]\nmethod = \"tba\"\n"
                      "consumer_key = \"k\"\nconsumer_secret = \"k\"\ntoken = \"k\"\ntoken_secret = \"k\""),
                 true)
        == "no error");
}

TEST_CASE("a private key file with other access than its owner's is refused") {
  const scratch_folder folder;
  folder.write("key.pem", "-----BEGIN PRIVATE KEY-----\nsesame\n-----END PRIVATE KEY-----\n", true);
  CHECK(error_of(folder, private_key("\"file:key.pem\""))
            .contains("n.toml:12: tenants[0].auth.private_key stands in"));
}

TEST_CASE("a configuration that cannot be read is named") {
  for (const auto* file : {"/nonexistent/n.toml", "/", "/dev/zero"}) {
    const auto result = load_node_config(file, test_environment);
    REQUIRE(!result);
    CHECK(result.error().code == ec::bad_config);
    CHECK(result.error().message.contains(file));
  }
}

TEST_CASE("a socket path of 107 bytes is the longest that passes") {
  const scratch_folder folder;
  CHECK(error_of(folder, node(fmt::format("control = \"unix:/{}\"", std::string(106, 's')))) == "no error");
}

} // namespace node_config_errors_test
