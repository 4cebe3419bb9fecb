#include "tools/tidemark/command_line.hpp"

#include <doctest/doctest.h>

using namespace tidemark::cli;

namespace {

template <class Command>
Command parsed(const std::vector<std::string>& words) {
  auto result = parse_command_line(words);
  REQUIRE_MESSAGE(result, result.error().sentence);
  REQUIRE(std::holds_alternative<Command>(result->what));
  return std::get<Command>(result->what);
}

std::string refusal(const std::vector<std::string>& words) {
  auto result = parse_command_line(words);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == exit_code::refused);
  return result.error().sentence;
}

} // namespace

TEST_CASE("each command is read from its words") {
  auto start = parsed<import_start_command>({"import", "start", "acme", "invoice", "--wait"});
  CHECK(start.tenant == "acme");
  CHECK(start.record_type == "invoice");
  CHECK(start.wait);
  CHECK_FALSE(parsed<import_start_command>({"import", "start", "acme", "invoice"}).wait);
  CHECK(parsed<import_status_command>({"import", "status", "x"}).id == "x");
  CHECK(parsed<import_cancel_command>({"import", "cancel", "x"}).id == "x");
  CHECK(parsed<import_watch_command>({"import", "watch", "x"}).id == "x");
  auto list = parsed<import_list_command>({"import", "list", "--tenant", "acme", "--limit", "7"});
  CHECK(list.tenant == "acme");
  CHECK(list.limit == 7);
  CHECK(parsed<plan_command>({"plan", "acme", "invoice"}).record_type == "invoice");
  parsed<record_types_command>({"record-types"});
  parsed<node_status_command>({"node", "status"});
  parsed<version_command>({"version"});
}

TEST_CASE("global options stand before or after the command") {
  for (auto& words : {std::vector<std::string>{"--node", "unix:/n", "--json", "import", "status", "x"},
                      std::vector<std::string>{"import", "status", "x", "--json", "--node", "unix:/n"},
                      std::vector<std::string>{"--json", "import", "status", "--node=unix:/n", "x"}}) {
    auto result = parse_command_line(words);
    REQUIRE(result);
    CHECK(result->json);
    CHECK(result->node == "unix:/n");
  }
}

TEST_CASE("wrong usage names what is wrong and where help is") {
  CHECK(refusal({"import", "status"}) == "import status: ID is required; see tidemark help import status");
  CHECK(refusal({"import", "start", "acme"})
        == "import start: RECORD_TYPE is required; see tidemark help import start");
  CHECK(refusal({"import", "status", "a", "b"})
        == "import status: the following argument was not expected: b; see tidemark help import status");
  CHECK(refusal({"import", "status", ""}) == "import status: ID: is empty; see tidemark help import status");
  CHECK(refusal({"import", "list", "--limit", "0"}).starts_with("import list: --limit: "));
  CHECK(refusal({"import", "list", "--limit", "-1"}).starts_with("import list: --limit: "));
  CHECK(refusal({"import", "list", "--limit", "many"}).starts_with("import list: --limit: "));
  CHECK(refusal({"--frob", "version"}).find("--frob") != std::string::npos);
  CHECK(refusal({"version", "--node"}).find("--node") != std::string::npos);
}

TEST_CASE("an unknown command is named") {
  CHECK(refusal({"frob"}) == "there is no command \"frob\"; see tidemark help");
  CHECK(refusal({"import", "stat", "x"}) == "there is no command \"import stat\"; see tidemark help import");
  CHECK(refusal({"help", "import", "frob"}) == "there is no command \"import frob\"; see tidemark help");
  CHECK(refusal({"import"})
        == "import what? one of start, status, watch, cancel, pause, resume, list; see tidemark help import");
  CHECK(refusal({"node"}) == "node what? one of status; see tidemark help node");
}

TEST_CASE("help is given in every usual way") {
  auto overview = parsed<help_command>({"help"}).text;
  CHECK(overview.find("exit codes") != std::string::npos);
  CHECK(parsed<help_command>({}).text == overview);
  CHECK(parsed<help_command>({"--help"}).text == overview);
  auto start = parsed<help_command>({"help", "import", "start"}).text;
  CHECK(start.find("tidemark import start") != std::string::npos);
  CHECK(start.find("--wait") != std::string::npos);
  CHECK(parsed<help_command>({"import", "start", "--help"}).text == start);
}

TEST_CASE("only help and version do without a node") {
  CHECK_FALSE(needs_node(version_command{}));
  CHECK_FALSE(needs_node(help_command{}));
  CHECK(needs_node(node_status_command{}));
}

TEST_CASE("the node is the one given, then the environment's, then the one below this folder") {
  CHECK(socket_path("unix:/a", "unix:/b") == "/a");
  CHECK(socket_path("", "unix:/b") == "/b");
  CHECK(socket_path("", "") == "data/control.sock");
  CHECK(socket_path("", nullptr) == "data/control.sock");
}

TEST_CASE("an address of another kind is refused by the name of its origin") {
  CHECK(socket_path("tcp:host", nullptr).error().sentence.starts_with("--node is \"tcp:host\""));
  CHECK(socket_path("unix:", nullptr).error().code == exit_code::refused);
  CHECK(socket_path("", "/a").error().sentence.starts_with("TIDEMARK_NODE is \"/a\""));
}
