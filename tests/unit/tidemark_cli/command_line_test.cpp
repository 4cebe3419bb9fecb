#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/node.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/slots.hpp"
#include "messages/wire/tenants.hpp"
#include "tools/tidemark/command_line.hpp"
#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/help_text.hpp"
#include "tools/tidemark/session_commands.hpp"

#include <doctest/doctest.h>
namespace command_line_test {

using namespace tidemark;
using namespace tidemark::cli;

/// The words of the command, and what they filled.
template <class Input>
Input parsed(const std::vector<std::string>& words, const std::string& command) {
  auto result = parse_command_line(words);
  REQUIRE_MESSAGE(result, result.error().sentence);
  REQUIRE(result->what);
  CHECK(result->what->entry().words == command);
  auto* input = result->what->input<Input>();
  REQUIRE(input != nullptr);
  return *input;
}

std::string refusal(const std::vector<std::string>& words) {
  auto result = parse_command_line(words);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == exit_code::refused);
  return result.error().sentence;
}

TEST_CASE("a command is read from its words into the message that it puts to the node") {
  CHECK(parsed<query_import>({"import", "status", "x"}, "import status").id == "x");
  CHECK(parsed<cancel_import>({"import", "cancel", "x"}, "import cancel").id == "x");
  auto plan = parsed<plan_import>({"plan", "acme", "invoice"}, "plan");
  CHECK(plan.tenant == "acme");
  CHECK(plan.record_type == "invoice");
  parsed<list_record_types>({"record-types"}, "record-types");
  parsed<query_node>({"node", "status"}, "node status");
  parsed<list_tenants>({"tenants"}, "tenants");
  CHECK(parsed<suspend_tenant>({"tenant", "suspend", "acme"}, "tenant suspend").tenant == "acme");
  CHECK(parsed<resume_tenant>({"tenant", "resume", "acme"}, "tenant resume").tenant == "acme");
}

TEST_CASE("the slots of an account are shown, and changed only if that is asked for") {
  auto shown = parsed<tune_concurrency>({"concurrency", "acme"}, "concurrency");
  CHECK(shown.tenant == "acme");
  CHECK_FALSE(shown.reset);
  CHECK(shown.limit == 0);
  auto changed = parsed<tune_concurrency>({"concurrency", "acme", "--reset", "--limit", "8"}, "concurrency");
  CHECK(changed.reset);
  CHECK(changed.limit == 8);
  CHECK(refusal({"concurrency", "acme", "--limit", "0"}).find("from 1 to 1000") != std::string::npos);
}

TEST_CASE("errors are asked for by tenant, and of one import if that is said") {
  auto all = parsed<query_errors>({"errors", "acme"}, "errors");
  CHECK(all.tenant == "acme");
  CHECK(all.import_id.empty());
  CHECK(all.limit == 20);
  auto one = parsed<query_errors>({"errors", "acme", "--import", "acme.1", "--limit", "5"}, "errors");
  CHECK(one.import_id == "acme.1");
  CHECK(one.limit == 5);
  CHECK(refusal({"errors"}).find("TENANT") != std::string::npos);
  parsed<query_alerts>({"alerts"}, "alerts");
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
  CHECK(refusal({"import", "sttus", "x"})
        == "there is no command \"import sttus\"; did you mean 'status'? see tidemark help import");
  CHECK(refusal({"import"})
        == "import what? one of start, status, watch, cancel, pause, resume, retry, accept-deletions, list; "
           "see "
           "tidemark help import");
  CHECK(refusal({"node"}) == "node what? one of status, stop; see tidemark help node");
}

TEST_CASE("help can be asked for in every usual way") {
  CHECK(parsed<help_words>({"help"}, "help").topic.empty());
  CHECK(parsed<help_words>({"--help"}, "help").topic.empty());
  using words = std::vector<std::string>;
  CHECK(parsed<help_words>({"help", "import", "start"}, "help").topic == words{"import", "start"});
  CHECK(parsed<help_words>({"import", "start", "--help"}, "help").topic == words{"import", "start"});
  CHECK(parsed<help_words>({"import", "-h"}, "help").topic == words{"import"});
}

TEST_CASE("a line without a command is no mistake") {
  auto result = parse_command_line({"--json"});
  REQUIRE(result);
  CHECK(result->json);
  CHECK_FALSE(result->what);
}

TEST_CASE("only help and version do without a node") {
  for (auto* entry : commands().below(""))
    if (!entry->needs_node)
      CHECK_MESSAGE((entry->words == "version" || entry->words == "help" || entry->words == "json"
                     || entry->words == "exit" || entry->words == "quit"),
                    entry->words);
}

TEST_CASE("commands of a session are known there only, and the node is not chosen anew") {
  CHECK(refusal({"json", "on"}).starts_with("there is no command \"json\""));
  auto json = parse_in_session({"json", "on"});
  REQUIRE(json);
  REQUIRE(json->what->input<json_words>() != nullptr);
  CHECK(json->what->input<json_words>()->on == true);
  CHECK(parse_in_session({"json"})->what->input<json_words>()->on == std::nullopt);
  CHECK(parse_in_session({"json", "maybe"}).error().sentence
        == "json: on|off: \"maybe\" is none of on, off; see help json");
  CHECK_FALSE(parse_in_session({"--node", "unix:/n", "version"}));
  CHECK(parse_in_session({"version", "--json"})->json);
}

TEST_CASE("what cannot be meant together is refused") {
  CHECK(refusal({"import", "start", "acme", "invoice", "--verify", "--no-verify"})
        == "import start: either --verify or --no-verify; see tidemark help import start");
  CHECK(parse_command_line({"import", "start", "acme", "invoice", "--verify"}));
  CHECK(parse_command_line({"import", "start", "acme", "invoice", "--no-verify"}));
}

TEST_CASE("words that are one of a few are told with the nearest") {
  CHECK(refusal({"import", "list", "--state", "complete"}).find("did you mean 'completed'?")
        != std::string::npos);
  CHECK(refusal({"batches", "last", "--state", "faild"}).find("did you mean 'failed'?") != std::string::npos);
  CHECK(refusal({"import", "start", "acme", "invoice", "--incrementl"})
            .find("did you mean '--incremental'? see")
        != std::string::npos);
}

TEST_CASE("--wait may say how much is told") {
  for (auto* words : {"--wait", "--wait=summary"})
    CHECK(parse_command_line({"import", "start", "acme", words, "invoice"}));
  CHECK(refusal({"import", "start", "acme", "invoice", "--wait=sumary"}).find("did you mean 'summary'?")
        != std::string::npos);
}

TEST_CASE("the version is asked for by an option, too") {
  auto result = parse_command_line({"--version"});
  REQUIRE(result);
  REQUIRE(result->what);
  CHECK(result->what->entry().words == "version");
}

TEST_CASE("quiet, and the end at the first failure, are said for all commands") {
  auto result = parse_command_line({"-q", "-e", "-c", "tenants"});
  REQUIRE(result);
  CHECK(result->quiet);
  CHECK(result->stops_at_failure);
  CHECK(parse_in_session({"tenants", "--quiet"})->quiet);
  CHECK_FALSE(parse_in_session({"tenants", "--stop-at-failure"}));
}

TEST_CASE("a cron expression does without quotes where no shell reads it, and says so where one has") {
  CHECK(parse_command_line({"schedules", "add", "n", "acme", "invoice", "30 2 * * *", "--incremental"}));
  CHECK(parse_command_line({"schedules", "add", "n", "acme", "invoice", "@daily"}));
  CHECK(parse_command_line({"schedules", "add", "n", "acme", "invoice", "30", "2", "*", "*", "*"}));
  CHECK(refusal({"schedules", "add", "n", "acme", "invoice", "30", "2", "a.txt", "b.txt", "a.txt", "b.txt"})
            .find("put it in quotes")
        != std::string::npos);
}

TEST_CASE("-c takes commands as one word") {
  auto result = parse_command_line({"--json", "-c", "version; node status"});
  REQUIRE(result);
  CHECK(result->script == "version; node status");
  CHECK_FALSE(result->what);
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

} // namespace command_line_test
