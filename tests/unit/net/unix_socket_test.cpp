#include "node_fixture.hpp"

#include "net/unix_socket.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
namespace unix_socket_test {

using namespace tidemark;
using namespace tidemark::net;

/// Runs `check` in a child process of user nobody and says whether it returned true.
template <class Check>
bool as_nobody(Check check) {
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(::setuid(65534) == 0 && check() ? 0 : 1);
  int status = 1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("the socket has mode 0600 whatever the umask") {
  temporary_folder folder;
  auto before = ::umask(0);
  auto listener = listen_unix(folder.file("a.sock"));
  ::umask(before);
  REQUIRE(listener);
  struct stat info{};
  REQUIRE(::stat(folder.file("a.sock").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a stale socket is replaced") {
  temporary_folder folder;
  auto path = folder.file("a.sock");
  {
    auto first = listen_unix(path);
    REQUIRE(first);
    std::filesystem::rename(path, path + ".kept");
  }
  std::filesystem::rename(path + ".kept", path);
  CHECK(connect_unix(path).error().code == ec::transport);
  auto second = listen_unix(path);
  REQUIRE(second);
  CHECK(connect_unix(path));
}

TEST_CASE("a socket that somebody listens on is refused by name") {
  temporary_folder folder;
  auto path = folder.file("a.sock");
  auto first = listen_unix(path);
  REQUIRE(first);
  auto second = listen_unix(path);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ec::conflict);
  CHECK(second.error().subject == path);
  CHECK(connect_unix(path));
}

TEST_CASE("a file that is not a socket is never removed") {
  temporary_folder folder;
  auto path = folder.file("precious.txt");
  std::ofstream{path} << "precious";
  SUBCASE("itself") {
    auto listener = listen_unix(path);
    REQUIRE_FALSE(listener);
    CHECK(listener.error().code == ec::bad_config);
  }
  SUBCASE("through a symbolic link") {
    auto alias = folder.file("alias");
    std::filesystem::create_symlink(path, alias);
    auto listener = listen_unix(alias);
    REQUIRE_FALSE(listener);
    CHECK(std::filesystem::is_symlink(alias));
  }
  CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("a socket's file is left to whoever replaced it") {
  temporary_folder folder;
  auto path = folder.file("a.sock");
  {
    auto listener = listen_unix(path);
    REQUIRE(listener);
    std::filesystem::remove(path);
    std::ofstream{path} << "another's";
  }
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("a folder that does not exist is named") {
  auto listener = listen_unix("/nonexistent/a.sock");
  REQUIRE_FALSE(listener);
  CHECK(listener.error().code == ec::bad_config);
  CHECK(listener.error().message
        == "cannot create the socket /nonexistent/a.sock: no such file or directory");
}

TEST_CASE("the longest possible path works, and one byte more is refused") {
  temporary_folder folder;
  auto longest = folder.file("");
  longest += std::string(107 - longest.size(), 'x');
  CHECK(listen_unix(longest));
  auto over = listen_unix(longest + "x");
  REQUIRE_FALSE(over);
  CHECK(over.error().message.find("108 bytes") != std::string::npos);
  CHECK_FALSE(listen_unix(""));
}

TEST_CASE("the kernel tells who connected") {
  temporary_folder folder;
  auto listener = listen_unix(folder.file("a.sock"));
  REQUIRE(listener);
  auto client = connect_unix(folder.file("a.sock"));
  REQUIRE(client);
  auto who = credentials_of(client->get());
  REQUIRE(who);
  CHECK(who->uid == ::geteuid());
  CHECK(who->pid == ::getpid());
  CHECK(to_string(peer_credentials{1000, 4711}) == "uid 1000, pid 4711");
}

TEST_CASE("the same user and root may enter, nobody else") {
  CHECK(may_enter(1000, 1000));
  CHECK(may_enter(0, 1000));
  CHECK_FALSE(may_enter(1001, 1000));
  CHECK_FALSE(may_enter(1000, 0));
}

TEST_CASE("another user is stopped by the file's mode" * doctest::skip(::geteuid() != 0)) {
  temporary_folder folder;
  auto path = folder.file("a.sock");
  auto listener = listen_unix(path);
  REQUIRE(listener);
  std::filesystem::permissions(std::filesystem::path{path}.parent_path(), std::filesystem::perms{0755});
  CHECK(as_nobody([&] {
    auto result = connect_unix(path);
    return !result && result.error().code == ec::permission;
  }));
}

TEST_CASE("another user is stopped by the door when the file's mode was opened"
          * doctest::skip(::geteuid() != 0)) {
  test_node node;
  std::filesystem::permissions(node.path(), std::filesystem::perms{0666});
  std::filesystem::permissions(std::filesystem::path{node.path()}.parent_path(),
                               std::filesystem::perms{0755});
  CHECK(as_nobody([&] { return connect_unix(node.path()).has_value(); }));
  CHECK(node.events.wait_for(link_event_kind::refused));
  CHECK(node.events.text(link_event_kind::refused).find("another user") != std::string::npos);
}

} // namespace unix_socket_test
