#include "samples.hpp"
#include "tools/tidemark/line.hpp"

#include <doctest/doctest.h>

using namespace tidemark::cli;

using strings = std::vector<std::string>;

TEST_CASE("a line that fits is not folded") {
  CHECK(texts(folded({{"a b"}, {"  c"}}, 6)) == strings{"a b  c"});
  CHECK(texts(folded({}, 6)) == strings{""});
}

TEST_CASE("a line is folded at spaces, which go") {
  CHECK(texts(folded({{"connected to node"}, {": 2 tenants, 0 imports"}}, 16))
        == strings{"connected to", "node: 2 tenants,", "0 imports"});
}

TEST_CASE("a word of several pieces stays together, and each keeps its tone") {
  auto lines = folded({{"aa "}, {"bb", tone::bad}, {"cc dd"}}, 5);
  CHECK(texts(lines) == strings{"aa", "bbcc", "dd"});
  CHECK(paint(lines[1], true) == "\x1b[31mbb\x1b[0mcc");
}

TEST_CASE("a word that is longer than the line stays whole") {
  CHECK(texts(folded({{"id acme.01m88wx005ssw3cct0s8 is queued"}}, 10))
        == strings{"id", "acme.01m88wx005ssw3cct0s8", "is queued"});
}

TEST_CASE("pieces flow into as few lines as they fit in") {
  CHECK(texts(flow({{"aaa"}, {"bbb"}, {"ccc"}}, 8)) == strings{"aaa  bbb", "ccc"});
  CHECK(texts(flow({{"aaa"}}, 1)) == strings{"aaa"});
}
