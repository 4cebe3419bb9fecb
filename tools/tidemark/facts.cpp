#include "tools/tidemark/facts.hpp"

#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/table.hpp"

#include <algorithm>

namespace tidemark::cli {

namespace {

// Narrower than this, wrapping values makes them unreadable.
constexpr std::size_t least_value_width = 20;

} // namespace

std::vector<line> layout_facts(const std::vector<fact>& facts, std::size_t width) {
  std::size_t names = 0;
  for (auto& x : facts)
    if (!x.value.text.empty()) names = std::max(names, display_width(x.name));
  auto margin = names + 2;
  auto room = width > margin + least_value_width ? width - margin : least_value_width;

  std::vector<line> lines;
  for (auto& x : facts) {
    if (x.value.text.empty()) continue;
    auto name = x.name;
    for (auto& part : wrap(printable(x.value.text), x.whole ? any_width : room)) {
      lines.push_back({{fit_left(name, margin), tone::dim}, {part, x.value.in}});
      name.clear();
    }
  }
  return lines;
}

} // namespace tidemark::cli
