/// A whole node in this process: actors on threads, HTTP engine, databases in a folder that goes with it.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/node/node.hpp"
#include "messages/caf_error.hpp"
#include "netsuite/http_engine.hpp"

namespace tidemark {

class node_in_process {
public:
  static constexpr auto tenant_id = "demo";

  /// One tenant that imports from the account at `base_url`.
  node_in_process(const std::string& base_url, std::uint32_t concurrency_limit);
  ~node_in_process();
  node_in_process(const node_in_process&) = delete;
  node_in_process& operator=(const node_in_process&) = delete;

  /// The answer; throws std::runtime_error with the text of an error.
  template <class Answer, class Handle, class Message>
  Answer ask(const Handle& whom, Message message) {
    Answer result;
    std::string trouble;
    caf::scoped_actor self{*system_};
    self->request(whom, answer_patience, std::move(message))
        .receive([&](Answer& answer) { result = std::move(answer); },
                 [&](const caf::error& error) { trouble = to_failure(error).message; });
    if (!trouble.empty()) throw std::runtime_error(trouble);
    return result;
  }

  /// Starts an import; its id.
  std::string start(const std::string& record_type);
  import_status status(const std::string& import_id);

  /// The actors of one import at this moment, by their names.
  struct branch {
    caf::strong_actor_ptr import;
    std::vector<child_actor> waves;
    std::vector<child_actor> workers; ///< batches, by number, and planners
  };
  branch actors_of(const std::string& import_id);

  /// Ends an actor as an exception in one of its handlers would, and waits until it and `others` are gone;
  /// false if they are not within the time. (CAF's own `kill` would take along whatever is linked, up to the
  /// node: no exit handler hears of it.)
  bool kill(const caf::strong_actor_ptr& victim, const std::vector<child_actor>& others,
            std::chrono::milliseconds within);

  /// One number of the tenant's database.
  std::int64_t number(const std::string& sql) const;

private:
  static constexpr std::chrono::seconds answer_patience{20};
  struct system_config;

  std::filesystem::path folder_;
  std::unique_ptr<http_engine> engine_;
  std::unique_ptr<system_config> settings_;
  std::unique_ptr<caf::actor_system> system_;
  node_actor node_;
};

} // namespace tidemark
