#include "client_fixture.hpp"

#include "tools/tidemark/command_line.hpp"

#include <sstream>

namespace tidemark::cli {

console test_client::make_console() {
  console result;
  result.out = [this](std::string_view text) {
    std::lock_guard guard{mutex_};
    result_.out += text;
  };
  result.err = [this](std::string_view text) {
    std::lock_guard guard{mutex_};
    result_.err += text;
  };
  return result;
}

outcome_of_run test_client::run(const std::string& path, const std::vector<std::string>& words) {
  auto wanted = parse_command_line(words);
  if (!wanted) return {wanted.error().code, "", wanted.error().sentence};
  to.json = wanted->json;
  auto link = node_link::open(path, in, waits);
  if (!link) return {link.error().code, "", link.error().sentence};
  result_.code = wanted->what->run({**link, in, to, "anna@local"});
  link->reset();
  return result_;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string next; std::getline(in, next);) result.push_back(next);
  return result;
}

} // namespace tidemark::cli
