/// A simulated NetSuite account in a process of its own.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace tidemark {

class simulator_process {
public:
  /// Returns once it serves; throws std::runtime_error if it does not.
  explicit simulator_process(std::vector<std::string> arguments);
  ~simulator_process();
  simulator_process(const simulator_process&) = delete;
  simulator_process& operator=(const simulator_process&) = delete;

  const std::string& url() const noexcept { return url_; }

  /// What it has seen so far.
  nlohmann::json stats() const { return ask("stats", nullptr); }
  std::uint64_t stat(const char* name) const { return stats().at(name).get<std::uint64_t>(); }
  /// Ended requests, oldest first.
  nlohmann::json requests() const { return ask("requests", nullptr); }
  /// Rows of one of its tables.
  std::uint64_t rows(const std::string& table) const { return ask("tables", nullptr).at(table).at("rows"); }

  void set(const nlohmann::json& knobs) { ask("knobs", knobs); }

private:
  /// POST of a body, GET without one.
  nlohmann::json ask(const std::string& path, const nlohmann::json& body) const;

  pid_t process_ = -1;
  int output_ = -1;
  std::string url_;
};

} // namespace tidemark
