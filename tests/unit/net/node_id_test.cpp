#include "node_fixture.hpp"

#include <caf/detail/get_root_uuid.hpp>
#include <doctest/doctest.h>

#include <set>

#include <sys/wait.h>
#include <unistd.h>
namespace node_id_test {

using namespace tidemark::net;

/// The host part of a fresh node id, without the byte in which CAF tells the systems of one process apart.
std::string host_part() {
  caf::actor_system_config config;
  auto text = to_string(caf::node_id::default_data::local(config));
  return text.substr(0, 38);
}

TEST_CASE("each node gets a host id of its own, even on one machine") {
  std::set<std::string> hosts;
  for (int i = 0; i < 20; ++i) hosts.insert(host_part());
  CHECK(hosts.size() == 20);
}

TEST_CASE("two processes with the same history get different node ids") {
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  for (int i = 0; i < 2; ++i) {
    auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto host = host_part();
      ::_exit(::write(pipe_ends[1], host.data(), host.size()) == static_cast<ssize_t>(host.size()) ? 0 : 1);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    REQUIRE(status == 0);
  }
  std::string both(76, '\0');
  REQUIRE(::read(pipe_ends[0], both.data(), both.size()) == 76);
  CHECK(both.substr(0, 38) != both.substr(38));
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_CASE("a node's bytes in frames are those of its id") {
  test_system one;
  auto bytes = node_of(one.system);
  CHECK(plausible(bytes));
  test_system two;
  CHECK(node_of(two.system) != bytes);
}

} // namespace node_id_test
