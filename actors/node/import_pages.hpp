/// Pure core of the node: one list of imports out of its tenants' lists.
#pragma once

#include <cstddef>
#include <vector>

#include "messages/wire/imports.hpp"

namespace tidemark {

/// The newest of all, in order and without a gap: what lies behind the end of a page that has another one
/// behind it is left to the next page. At most `limit`, and no more than a page may hold.
import_list merge_pages(std::vector<import_list> pages, std::size_t limit);

} // namespace tidemark
