/// One criteria document laid over another. Internal to the part.
#pragma once

#include "config/problems.hpp"

#include <nlohmann/json.hpp>

namespace tidemark {

/// Changes `base` as `parse_criteria` with an overlay says. False if the overlay is no document of record
/// types at all, which is then reported; what it says about them is checked with the result.
bool lay_over(nlohmann::json& base, const nlohmann::json& overlay, problem_list& problems);

} // namespace tidemark
