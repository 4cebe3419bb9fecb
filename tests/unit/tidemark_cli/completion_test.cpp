#include "tools/tidemark/commands.hpp"
#include "tools/tidemark/completion.hpp"

#include <doctest/doctest.h>

#include <algorithm>
namespace completion_test {

using namespace tidemark::cli;

using words = std::vector<std::string>;

/// Commands that are not the program's own, so that no new one of those changes what is tested.
const grammar& sample() {
  struct some_words {
    std::string tenant;
    std::string record_type;
    std::string id;
    std::vector<std::string> rest;
    bool wait = false;
  };
  static const grammar all = [] {
    auto nothing = [](const some_words&, const console&) { return exit_code::done; };
    grammar result;
    result.begin_group("imports");
    result.add<some_words>("import start", "", nothing)
        .tenant(&some_words::tenant)
        .record_type(&some_words::record_type)
        .flag("--wait", &some_words::wait, "");
    result.add<some_words>("import status", "", nothing).import_id(&some_words::id);
    result.add<some_words>("import list", "", nothing)
        .option("--tenant", "TENANT", &some_words::tenant, "", word_kind::tenant)
        .option("--kind", "KIND", &some_words::id, "");
    result.add<some_words>("json", "", nothing)
        .choice("on|off", {"on", "off"}, "", [](some_words&, const std::string&) {})
        .optional();
    result.add<some_words>("help", "", nothing).words("COMMAND", &some_words::rest, "", word_kind::command);
    return result;
  }();
  return all;
}

std::vector<known_name> known(word_kind kind) {
  switch (kind) {
  case word_kind::tenant: return {{"globex"}, {"acme"}, {"acme-test"}};
  case word_kind::record_type: return {{"invoice"}, {"item"}};
  case word_kind::import_id: return {{"acme.01", "currency, full, completed, 2 h 00 min ago"}, {"acme.02"}};
  default: return {};
  }
}

words next(const std::string& typed) { return complete(sample(), typed, known).words; }

TEST_CASE("commands are completed word by word") {
  CHECK(next("") == words{"help", "import", "json"});
  CHECK(next("im") == words{"import"});
  CHECK(next("import ") == words{"list", "start", "status"});
  CHECK(next("import st") == words{"start", "status"});
  CHECK(complete(sample(), "import st", known).common == "sta");
  CHECK(next("frob").empty());
  CHECK(next("frob ").empty());
}

TEST_CASE("arguments are completed by what they stand for") {
  CHECK(next("import start ") == words{"acme", "acme-test", "globex"});
  CHECK(next("import start acme") == words{"acme", "acme-test"});
  CHECK(next("import start acme i") == words{"invoice", "item"});
  CHECK(next("import start --wait acme in") == words{"invoice"});
  CHECK(next("import status acme.") == words{"acme.01", "acme.02"});
  CHECK(next("json o") == words{"off", "on"});
}

TEST_CASE("options are completed once each, and the words that they take") {
  CHECK(next("import start acme --") == words{"--json", "--quiet", "--wait"});
  CHECK(next("import start --wait --") == words{"--json", "--quiet"});
  CHECK(next("import list --tenant ") == words{"acme", "acme-test", "globex"});
  CHECK(next("import list --tenant g") == words{"globex"});
  CHECK(next("import list --tenant globex --t").empty());
  CHECK(next("import list --kind ").empty());
}

TEST_CASE("where nothing else can follow, options are shown") {
  CHECK(next("import start acme invoice ") == words{"--json", "--quiet", "--wait"});
}

TEST_CASE("help is completed with commands") {
  CHECK(next("help imp") == words{"import"});
  CHECK(next("help import sta") == words{"start", "status"});
}

TEST_CASE("only the last command of a line counts, and a remark has no words") {
  CHECK(next("json on; import lis") == words{"list"});
  CHECK(complete(sample(), "json on; import lis", known).begin == 16);
  CHECK(next("import # li").empty());
}

TEST_CASE("the node is asked at most once, and only for what is needed") {
  int asked = 0;
  auto counting = [&](word_kind kind) {
    ++asked;
    return known(kind);
  };
  complete(sample(), "import sta", counting);
  CHECK(asked == 0);
  complete(sample(), "import start acme ", counting);
  CHECK(asked == 1);
}

TEST_CASE("ids are told apart by what they were") {
  auto found = complete(sample(), "import status acme.", known);
  CHECK(found.about.at("acme.01") == "currency, full, completed, 2 h 00 min ago");
  CHECK_FALSE(found.about.contains("acme.02"));
}

TEST_CASE("schedules, flags, zones and states are completed, and what a flag may take") {
  auto kinds = [](const std::string& typed) {
    std::vector<word_kind> asked;
    complete(commands(), typed, [&](word_kind kind) {
      asked.push_back(kind);
      return std::vector<known_name>{};
    });
    return asked;
  };
  using list = std::vector<word_kind>;
  CHECK(kinds("schedules pause ") == list{word_kind::schedule});
  CHECK(kinds("schedules add n acme invoice @daily --zone ") == list{word_kind::zone});
  CHECK(kinds("flags enable ") == list{word_kind::flag});
  CHECK(kinds("flags add-tenant acme ") == list{word_kind::flag});
  CHECK(complete(commands(), "import list --state compl", known).words
        == words{"completed", "completed_with_errors"});
  CHECK(complete(commands(), "batches acme.01 --state f", known).words == words{"failed"});
  CHECK(complete(commands(), "import start acme invoice --wai", known).words
        == words{"--wait", "--wait=summary"});
}

TEST_CASE("every command of the program can be typed with the tab key") {
  for (auto* entry : commands().below("")) {
    auto last = entry->words.substr(entry->words.rfind(' ') + 1);
    CHECK_MESSAGE(std::ranges::count(complete(commands(), entry->words, known).words, last) == 1,
                  entry->words);
  }
}

} // namespace completion_test
