#include "actors/node/import_pages.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "store/page.hpp"

namespace tidemark {

namespace {

import_place place_of(const import_status& x) { return {x.requested_at, x.id}; }

} // namespace

import_list merge_pages(std::vector<import_list> pages, std::size_t limit) {
  // Behind this place another page may have something that comes before what is here.
  import_place known_until;
  std::vector<import_status> all;
  for (auto& page : pages) {
    if (!page.next.id.empty()) known_until = std::max(known_until, page.next);
    std::ranges::move(page.imports, std::back_inserter(all));
  }
  std::ranges::sort(all, std::greater{}, place_of);
  list_page<import_status, import_place> merged;
  page_filler filler{merged, limit};
  for (auto& import : all) {
    auto place = place_of(import);
    if (place < known_until) break;
    auto bytes = import.error.size();
    if (!filler.add(std::move(import), place, bytes)) break;
  }
  import_list result{std::move(merged.rows), std::move(merged.next)};
  if (result.next.id.empty() && !known_until.id.empty() && !result.imports.empty())
    result.next = place_of(result.imports.back());
  return result;
}

} // namespace tidemark
