/// The real program on a terminal of its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tidemark::cli {

class program {
public:
  /// Starts tidemark with these words on a new terminal, without colours and Unicode.
  program(const std::vector<std::string>& words, unsigned short columns, unsigned short rows);
  ~program();
  program(const program&) = delete;
  program& operator=(const program&) = delete;

  /// Reads until the output so far contains `part`, at most 20 s.
  bool wait_for(const std::string& part);
  /// Types something: "\x03" is Ctrl-C.
  void type(const std::string& keys);
  void resize(unsigned short columns, unsigned short rows);
  void signal(int number);
  /// Reads until the program ends, at most 20 s; its exit code, or nothing.
  std::optional<int> wait();

  const std::string& output() const { return output_; }

private:
  /// False at the end, or when nothing comes in time.
  bool read_more(std::chrono::steady_clock::time_point deadline);

  int terminal_ = -1;
  pid_t child_ = -1;
  std::string output_;
};

} // namespace tidemark::cli
