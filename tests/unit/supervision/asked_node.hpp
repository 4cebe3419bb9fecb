/// A whole node with a session in front of it, one of whose actors dies while a question is open.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "actors/node/node.hpp"
#include "actors/node/session.hpp"
#include "driven_system.hpp"
#include "fakes.hpp"
#include "injection.hpp"
#include "shop_account.hpp"

namespace tidemark {

/// Has a tenant `demo` with an import that is running, and a schedule `nightly`. Whoever asks here asks
/// through a session, as a client of the command line does.
class asked_node : public driven_system {
public:
  asked_node();
  ~asked_node();

  /// Lets things happen until `over`, or for so long; false if it is not over then. The account answers.
  bool work_until(const std::function<bool()>& over, std::chrono::seconds at_most);

  /// Ends node and session; the number of actors that are left then beyond those of the test.
  std::int64_t left_behind();

  bool node_lives() const;

  injector defect;
  shop_account account;
  session_actor link;
  std::string import_id;
  node_actor node;

private:
  node_settings settings_for_node();

  std::filesystem::path folder_;
  fake_engine engine_;
  std::size_t actors_of_test_ = 0;
  caf::actor client_;
};

} // namespace tidemark
