#include "node_fixture.hpp"

#include "net/unix_socket.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace tidemark;
using namespace tidemark::net;
using namespace std::chrono_literals;

TEST_CASE("a client's request is answered through the door") {
  test_node node;
  test_client client;
  auto echo = client.connect(node.path());
  REQUIRE_MESSAGE(echo, echo.error().message);
  CHECK(client.ask(*echo, "hello") == "hello");
  CHECK(node.events.wait_for(link_event_kind::opened));
  CHECK(node.door().links() == 1);
}

TEST_CASE("a message of several megabytes goes through in both directions") {
  test_node node;
  test_client client;
  auto echo = client.connect(node.path());
  REQUIRE(echo);
  std::string big(5'000'000, 'x');
  CHECK(client.ask(*echo, big) == big);
}

TEST_CASE("many clients talk at the same time") {
  test_node node;
  std::vector<std::unique_ptr<test_client>> clients;
  std::vector<echo_actor> echoes;
  for (int i = 0; i < 8; ++i) {
    auto& client = *clients.emplace_back(std::make_unique<test_client>());
    auto echo = client.connect(node.path());
    REQUIRE(echo);
    echoes.push_back(*echo);
  }
  for (std::size_t i = 0; i < clients.size(); ++i)
    CHECK(clients[i]->ask(echoes[i], std::to_string(i)) == std::to_string(i));
  CHECK(node.door().links() == clients.size());
}

TEST_CASE("a client's monitor goes down when the door is closed") {
  test_node node;
  test_client client;
  auto echo = client.connect(node.path());
  REQUIRE(echo);
  REQUIRE(client.ask(*echo, "warm") == "warm");
  caf::scoped_actor self{client.system()};
  self->monitor(*echo);
  node.close_door();
  bool down = false;
  self->receive([&](const caf::down_msg& message) { down = message.source == echo->address(); },
                caf::after(20s) >> [] {});
  CHECK(down);
  CHECK(client.events.wait_for(link_event_kind::closed));
}

TEST_CASE("a client's monitor goes down when the actor dies, and the link stays") {
  test_node node;
  test_client client;
  auto echo = client.connect(node.path());
  REQUIRE(echo);
  caf::scoped_actor self{client.system()};
  self->monitor(*echo);
  // The request goes the same way as the monitor, so the monitor stands when it is answered.
  REQUIRE(client.ask(*echo, "warm") == "warm");
  node.kill_actor();
  bool down = false;
  self->receive([&](const caf::down_msg&) { down = true; }, caf::after(20s) >> [] {});
  CHECK(down);
  CHECK(client.events.count(link_event_kind::closed) == 0);
}

TEST_CASE("a client that goes leaves no link behind") {
  test_node node;
  {
    test_client client;
    REQUIRE(client.connect(node.path()));
    REQUIRE(node.events.wait_for(link_event_kind::opened));
  }
  CHECK(node.events.wait_for(link_event_kind::closed));
  CHECK(node.door().links() == 0);
}

TEST_CASE("a client can link again after its link was lost") {
  test_node node;
  for (int round = 1; round <= 5; ++round) {
    test_client client;
    auto echo = client.connect(node.path());
    REQUIRE(echo);
    CHECK(client.ask(*echo, "again") == "again");
  }
}

TEST_CASE("a second link of the same client gives the same actor") {
  test_node node;
  test_client client;
  auto first = client.connect(node.path());
  auto second = client.connect(node.path());
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first == *second);
  CHECK(client.ask(*second, "one") == "one");
}

TEST_CASE("only the owner may use the socket's file") {
  test_node node;
  struct stat info{};
  REQUIRE(::stat(node.path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a handle on a third node's actor costs its messages, not the link") {
  temporary_folder folder;
  test_system node;
  net_thread net;
  // Keeps the handle that one client gives it, and gives it to another.
  auto keeper = node.system.spawn([](caf::event_based_actor*) -> caf::behavior {
    auto kept = std::make_shared<caf::actor>();
    return {[kept](caf::put_atom, const caf::actor& handle) {
              *kept = handle;
              return true;
            },
            [kept](caf::get_atom) { return *kept; }};
  });
  auto door = local_door::open(net, node.system,
                               {.path = folder.file("node.sock"), .actor = publish(node.system, keeper)});
  REQUIRE(door);

  test_client third;
  auto stray = third.system().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  auto given = connect_local<caf::actor>(third.net(), third.system(), {.path = folder.file("node.sock")});
  REQUIRE(given);
  bool kept = false;
  caf::scoped_actor giver{third.system()};
  giver->request(*given, 20s, caf::put_atom_v, stray)
      .receive([&](bool yes) { kept = yes; }, [](caf::error&) {});
  CHECK(kept);

  test_client client;
  auto taken =
      connect_local<caf::actor>(client.net(), client.system(),
                                {.path = folder.file("node.sock"), .on_event = client.events.listener()});
  REQUIRE(taken);
  caf::scoped_actor taker{client.system()};
  for (int round = 0; round < 2; ++round) {
    caf::actor handle;
    taker->request(*taken, 20s, caf::get_atom_v)
        .receive([&](caf::actor& got) { handle = std::move(got); }, [](caf::error&) {});
    CHECK(handle);
  }
  // The client's CAF asked the node to watch the stray actor for it, and was not let out.
  CHECK(client.events.wait_for(link_event_kind::dropped_frame));
  CHECK(client.events.count(link_event_kind::closed) == 0);

  caf::anon_send_exit(stray, caf::exit_reason::user_shutdown);
  door->reset();
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
}

TEST_CASE("a closed door takes its socket away") {
  test_node node;
  node.close_door();
  CHECK_FALSE(std::filesystem::exists(node.path()));
}

TEST_CASE("a door is refused where another one is open, and that one goes on") {
  test_node node;
  test_system other;
  net_thread net;
  auto second = local_door::open(net, other.system, {.path = node.path(), .actor = {}});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ec::conflict);
  CHECK(second.error().message.find(node.path()) != std::string::npos);
  CHECK(answers_a_good_client(node));
}

TEST_CASE("a peer that does not read is cut off, and the node goes on") {
  test_node node{{.stall_deadline = 200ms}};
  raw_peer peer{node.path()};
  REQUIRE(peer.shake_hands(9));
  REQUIRE(node.events.wait_for(link_event_kind::opened));
  // Each monitor message for an actor that does not exist makes the node write a down message.
  auto node_id = node_of(node.system());
  frames::bytes questions;
  for (int i = 0; i < 20'000; ++i) {
    auto question = frames::monitor(frames::node(9), node_id);
    questions.insert(questions.end(), question.begin(), question.end());
  }
  peer.send(questions);
  CHECK(node.events.wait_for(link_event_kind::stalled));
  CHECK(answers_a_good_client(node));
}

TEST_CASE("both systems end while linked, in either order") {
  SUBCASE("the client first") {
    test_node node;
    test_client client;
    auto echo = client.connect(node.path());
    REQUIRE(echo);
  }
  SUBCASE("the node first") {
    test_client client;
    auto node = std::make_unique<test_node>();
    auto echo = client.connect(node->path());
    REQUIRE(echo);
    node.reset();
    CHECK(client.events.wait_for(link_event_kind::closed));
  }
  SUBCASE("the client's network before its system") {
    test_node node;
    test_client client;
    auto echo = client.connect(node.path());
    REQUIRE(echo);
    client.drop_links();
    CHECK(node.events.wait_for(link_event_kind::closed));
  }
}
