#include "messages/words.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
namespace words_test {

using namespace tidemark;

/// The names of an enum whose values count from zero.
template <class Enum>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (int value = 0; value < 256; ++value) {
    auto name = to_string(static_cast<Enum>(value));
    if (name == "unknown") break;
    names.emplace_back(name);
    CHECK(from_string<Enum>(name) == static_cast<Enum>(value));
  }
  CHECK_FALSE(from_string<Enum>("sunshine"));
  CHECK_FALSE(from_string<Enum>(""));
  return names;
}

TEST_CASE("every word leads back to its value") {
  CHECK(names_of<import_mode>().size() == 3);
  CHECK(names_of<proof>().size() == 4);
  CHECK(names_of<import_state>().size() == 9);
  CHECK(names_of<type_state>().size() == 8);
  CHECK(names_of<batch_state>().size() == 6);
}

TEST_CASE("a state is final if nothing leaves it by itself") {
  CHECK(is_final(import_state::completed_with_errors));
  CHECK(is_final(import_state::cancelled));
  CHECK_FALSE(is_final(import_state::paused));
  CHECK_FALSE(is_final(import_state::cancelling));
  CHECK(is_final(type_state::skipped));
  CHECK_FALSE(is_final(type_state::planning));
  CHECK(is_final(batch_state::split));
  CHECK_FALSE(is_final(batch_state::running));
}

TEST_CASE("a range is shown with its open lower end") {
  CHECK(to_string(key_range{12, 1012}) == "(12, 1012]");
  CHECK(to_string(key_range{std::nullopt, -3}) == "(start, -3]");
}

} // namespace words_test
