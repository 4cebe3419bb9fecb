#include "actors/wave/change_window.hpp"

#include <doctest/doctest.h>
namespace change_window_test {

using namespace tidemark;
using namespace std::chrono_literals;

constexpr unix_ms noon = 1'711'022'400'000;
constexpr unix_ms hour = 3'600'000;

TEST_CASE("changes are asked for from the watermark, less the look-back") {
  change_window window{import_mode::incremental, 0, 120min};
  CHECK(window.changed_since(noon) == noon - 2 * hour);
}

TEST_CASE("a chosen time is asked for if it lies further back, and leaves no gap if it does not") {
  CHECK(change_window{import_mode::incremental, noon - 50 * hour, 60min}.changed_since(noon)
        == noon - 50 * hour);
  CHECK(change_window{import_mode::incremental, noon + hour, 60min}.changed_since(noon) == noon - hour);
}

TEST_CASE(
    "everything is asked for in a full import, without a watermark, and with too many rejected records") {
  CHECK(change_window{import_mode::full, 0, 60min}.changed_since(noon) == 0);
  CHECK(change_window{import_mode::incremental, noon, 60min}.changed_since(0) == 0);
  CHECK(change_window{import_mode::incremental, 0, 60min}.changed_since(noon, true) == 0);
}

} // namespace change_window_test
