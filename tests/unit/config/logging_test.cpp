#include "config/logging.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "scratch_folder.hpp"

namespace tidemark {

namespace logging_test {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

log_config to_file(const std::filesystem::path& file, log_format format = log_format::text) {
  log_config config;
  config.file = file;
  config.format = format;
  return config;
}

/// Entries go to standard error again when a test has ended.
struct restored_log {
  ~restored_log() { REQUIRE(start_logging({})); }
};

TEST_CASE("an entry carries its level, component and event id beside the text") {
  restored_log restored;
  scratch_folder folder;
  REQUIRE(start_logging(to_file(folder.path() / "node.log")));
  log(log_level::warning, "pool", "account_down", "account {} does not answer", "1234567");
  auto text = content_of(folder.path() / "node.log");
  CHECK(text.find("warning pool") != std::string::npos);
  CHECK(text.find("account_down") != std::string::npos);
  CHECK(text.ends_with("account 1234567 does not answer\n"));
}

TEST_CASE("a JSON log has one object per line, whatever the text holds") {
  restored_log restored;
  scratch_folder folder;
  REQUIRE(start_logging(to_file(folder.path() / "node.log", log_format::json)));
  log_text(log_level::error, "store", "store_failed", "first \"line\"\nsecond \xff line");
  auto text = content_of(folder.path() / "node.log");
  CHECK(std::ranges::count(text, '\n') == 1);
  auto entry = nlohmann::json::parse(text);
  CHECK(entry["level"] == "error");
  CHECK(entry["component"] == "store");
  CHECK(entry["event"] == "store_failed");
  CHECK(entry["text"].get<std::string>().starts_with("first \"line\"\nsecond"));
}

TEST_CASE("a text entry stays on its line") {
  restored_log restored;
  scratch_folder folder;
  REQUIRE(start_logging(to_file(folder.path() / "node.log")));
  log_text(log_level::error, "store", "store_failed", "one\ntwo");
  CHECK(std::ranges::count(content_of(folder.path() / "node.log"), '\n') == 1);
}

TEST_CASE("no entry holds what a terminal would obey") {
  // Escapes of seven and of eight bits, overrides of the direction, a line end of Unicode's, and no UTF-8.
  constexpr std::string_view hostile =
      "a\x1b[2Jb\xc2\x9b[1mc\xe2\x80\xae|\xd8\x9c|\xe2\x81\xa6|\xe2\x80\xa8g\x9bh \xc3\xbc";
  for (auto format : {log_format::text, log_format::json}) {
    restored_log restored;
    scratch_folder folder;
    REQUIRE(start_logging(to_file(folder.path() / "node.log", format)));
    log_text(log_level::error, "store", "store_failed", hostile);
    auto text = content_of(folder.path() / "node.log");
    for (std::string_view obeyed :
         {"\x1b", "\xc2\x9b", "\xe2\x80\xae", "\xd8\x9c", "\xe2\x81\xa6", "\xe2\x80\xa8"})
      CHECK(text.find(obeyed) == std::string::npos);
    CHECK(text.find("\x9bh") == std::string::npos);
    if (format == log_format::text) CHECK(text.ends_with("a [2Jb [1mc | | | g?h \xc3\xbc\n"));
  }
}

TEST_CASE("a component has its own level") {
  restored_log restored;
  scratch_folder folder;
  auto config = to_file(folder.path() / "node.log");
  config.level = log_level::error;
  config.components["pool"] = log_level::debug;
  REQUIRE(start_logging(config));
  CHECK(logs("pool", log_level::debug));
  CHECK_FALSE(logs("wave", log_level::warning));
  CHECK(logs("wave", log_level::error));
}

TEST_CASE("a log file that cannot be written is refused with its path, and the old log stays") {
  restored_log restored;
  scratch_folder folder;
  auto refused = start_logging(to_file(folder.path()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::bad_config);
  CHECK(refused.error().message.find(folder.path().string()) != std::string::npos);
  CHECK(logs("node", log_level::info));
}

} // namespace logging_test

} // namespace tidemark
