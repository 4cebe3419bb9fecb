/// One query of a batch, as the readers of ranges think of it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "messages/error.hpp"
#include "messages/http.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

/// A page and the columns that are asked for.
struct wanted_page {
  std::shared_ptr<const projection> what;
  page_request page;
};

http_request make_page_request(std::string_view base_url, const wanted_page& wanted,
                               const row_scope& scope = {});

/// The keys of a projection and these of its other fields, by their indexes.
projection narrowed(const projection& what, std::span<const std::size_t> fields);

/// The indexes of the fields that a query can do without.
std::vector<std::size_t> optional_fields(const projection& what);

/// True for failures that may lie in what was asked for, as opposed to the way there: smaller or other
/// questions can come through.
bool may_lie_in_content(ec code) noexcept;

/// True for a refusal that names nothing: whatever it is about, it is in what was asked for, and fails the
/// same way every time.
bool refuses_the_query(ec code) noexcept;

} // namespace tidemark
