#include "netsuite/page_query.hpp"

#include <algorithm>

namespace tidemark {

projection narrowed(const projection& what, std::span<const std::size_t> fields) {
  auto out = what;
  out.fields.clear();
  out.changes = {};
  out.parent_changes.reset();
  for (std::size_t i = 0; i < what.fields.size(); ++i) {
    bool is_key = i == what.key || i == what.parent;
    if (!is_key && std::ranges::find(fields, i) == fields.end()) continue;
    if (i == what.key) out.key = out.fields.size();
    if (i == what.parent) out.parent = out.fields.size();
    out.fields.push_back(what.fields[i]);
  }
  return out;
}

std::vector<std::size_t> optional_fields(const projection& what) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < what.fields.size(); ++i)
    if (i != what.key && i != what.parent) out.push_back(i);
  return out;
}

bool may_lie_in_content(ec code) noexcept {
  return code == ec::server || code == ec::timeout || code == ec::body_too_large || code == ec::internal;
}

bool refuses_the_query(ec code) noexcept { return code == ec::rejected || code == ec::unsupported_query; }

} // namespace tidemark
