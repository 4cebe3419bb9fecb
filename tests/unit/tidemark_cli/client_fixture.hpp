/// A command line in this process: words in, exit code and output out.
#pragma once

#include "tools/tidemark/surroundings.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace tidemark::cli {

struct outcome_of_run {
  exit_code code = exit_code::failed;
  std::string out;
  std::string err;
};

class test_client {
public:
  /// Output that a test may look at while the command runs.
  console to = make_console();
  inbox in;
  patience waits;

  /// What was complained of so far.
  std::string err() {
    std::lock_guard guard{mutex_};
    return result_.err;
  }
  outcome_of_run run(const std::string& path, const std::vector<std::string>& words);

private:
  console make_console();
  std::mutex mutex_;
  outcome_of_run result_;
};

/// The lines of a text, without their ends.
std::vector<std::string> lines_of(const std::string& text);

} // namespace tidemark::cli
