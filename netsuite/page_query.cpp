#include "netsuite/page_query.hpp"

#include <algorithm>
#include <utility>

#include "netsuite/requests.hpp"

namespace tidemark {

projection narrowed(const projection& what, std::span<const std::size_t> fields) {
  auto out = what;
  out.fields.clear();
  out.changes = {};
  out.parent_changes.reset();
  out.wide_key.clear();
  out.summed.reset();
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (std::size_t i = 0; i < what.fields.size(); ++i) {
    if (!what.identifies(i) && std::ranges::find(fields, i) == fields.end()) continue;
    if (i == what.key) out.key = out.fields.size();
    if (i == what.parent) out.parent = out.fields.size();
    if (i == what.summed) out.summed = out.fields.size();
    places.push_back({i, out.fields.size()});
    out.fields.push_back(what.fields[i]);
  }
  for (auto part : what.wide_key)
    for (auto [before, now] : places)
      if (before == part) out.wide_key.push_back(now);
  return out;
}

std::vector<std::size_t> optional_fields(const projection& what) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < what.fields.size(); ++i)
    if (!what.identifies(i)) out.push_back(i);
  return out;
}

http_request make_page_request(std::string_view base_url, const wanted_page& wanted, const row_scope& scope) {
  auto window = window_of(*wanted.what, wanted.page);
  return make_query_request(base_url, page_query(*wanted.what, wanted.page, scope), window.limit,
                            window.offset);
}

bool may_lie_in_content(ec code) noexcept {
  return code == ec::server || code == ec::timeout || code == ec::body_too_large || code == ec::internal;
}

bool refuses_the_query(ec code) noexcept { return code == ec::rejected || code == ec::unsupported_query; }

} // namespace tidemark
