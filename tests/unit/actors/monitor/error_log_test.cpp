#include "actors/monitor/error_log.hpp"

#include <doctest/doctest.h>
namespace error_log_test {

using namespace tidemark;

error_entry error(const std::string& type, const std::string& category, const std::string& code = "500",
                  const std::string& import_id = "demo.1") {
  error_entry entry;
  entry.tenant = "demo";
  entry.import_id = import_id;
  entry.record_type = type;
  entry.category = category;
  entry.code = code;
  return entry;
}

TEST_CASE("errors are counted by record type, category and code, the most frequent first") {
  error_log log;
  log.add(error("customer", "server"));
  log.add(error("customer", "server"));
  log.add(error("customer", "server", "502"));
  log.add(error("customer", "timeout", ""));
  for (int i = 0; i < 3; ++i) log.add(error("item", "server"));
  auto counts = log.counts("demo");
  REQUIRE(counts.size() == 4);
  CHECK(counts[0] == error_count{"item", "server", "500", 3, 0});
  CHECK(counts[1] == error_count{"customer", "server", "500", 2, 0});
}

TEST_CASE("each tenant has its own errors") {
  error_log log;
  log.add(error("customer", "server"));
  CHECK(log.counts("other").empty());
  CHECK(log.last("other", "", 10).empty());
  CHECK(log.tenants() == std::vector<std::string>{"demo"});
}

TEST_CASE("the last errors come newest first, of an import or of all") {
  error_log log;
  for (int i = 1; i <= 4; ++i) {
    auto entry = error("customer", "server", "500", i % 2 == 0 ? "demo.2" : "demo.1");
    entry.at = i;
    log.add(entry);
  }
  auto all = log.last("demo", "", 3);
  REQUIRE(all.size() == 3);
  CHECK(all[0].at == 4);
  CHECK(all[2].at == 2);
  auto one = log.last("demo", "demo.1", 10);
  REQUIRE(one.size() == 2);
  CHECK(one[0].at == 3);
  auto counts = log.counts_of_import("demo", "demo.1");
  REQUIRE(counts.size() == 1);
  CHECK(counts[0] == error_count{"customer", "server", "500", 2, 3});
}

TEST_CASE("old errors are forgotten, their counts are not") {
  error_log log{{.entries = 10}};
  for (int i = 0; i < 1000; ++i) log.add(error("customer", "server"));
  CHECK(log.last("demo", "", 5000).size() == 10);
  CHECK(log.counts("demo").at(0).count == 1000);
}

TEST_CASE("more kinds of errors than are counted apart are counted together") {
  error_log log{{.kinds = 3}};
  for (int i = 0; i < 100; ++i) log.add(error("customer", "server", std::to_string(i)));
  auto counts = log.counts("demo");
  REQUIRE(counts.size() == 4);
  CHECK(counts[0] == error_count{"", "other", "", 97, 0});
}

TEST_CASE("a long text is cut at a whole character") {
  error_log log{{.text_bytes = 4}};
  auto entry = error("customer", "server");
  entry.text = "abc\xC3\xA9xyz"; // the fifth byte is in the middle of an é
  log.add(entry);
  CHECK(log.last("demo", "", 1).at(0).text == "abc...");
}

} // namespace error_log_test
