#include "messages/recycler.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tidemark;

TEST_CASE("what comes back is handed out again, empty and with its memory") {
  recycler<std::string> spare{2, 10'000};
  const char* where = nullptr;
  {
    auto first = spare.take();
    first->assign(5000, 'x');
    where = first->data();
  }
  auto again = spare.take();
  CHECK(again->empty());
  CHECK(again->capacity() >= 5000);
  CHECK(again->data() == where);
}

TEST_CASE("objects in use at the same time are different ones") {
  recycler<std::string> spare{2, 10'000};
  auto one = spare.take();
  auto two = spare.take();
  CHECK(one.get() != two.get());
}

TEST_CASE("an object that grew beyond the bound is not kept") {
  recycler<std::string> spare{2, 10'000};
  spare.take()->assign(20'000, 'x');
  CHECK(spare.take()->capacity() < 20'000);
}

TEST_CASE("no more objects are kept than asked for") {
  recycler<std::string> spare{1, 10'000};
  {
    auto one = spare.take();
    auto two = spare.take();
    one->assign(5000, 'x');
    two->assign(5000, 'y');
  }
  auto kept = spare.take();
  auto fresh = spare.take();
  CHECK(kept->capacity() >= 5000);
  CHECK(fresh->capacity() < 5000);
}

TEST_CASE("an object may outlive its recycler") {
  std::shared_ptr<std::string> left;
  {
    recycler<std::string> spare{1, 10'000};
    left = spare.take();
  }
  left->assign("still here");
  CHECK(*left == "still here");
}
