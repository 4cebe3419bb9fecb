/// "Did you mean": names that look like one that is not known.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Up to three of `known` that are close to `name`, best first; empty if none is. Case does not count.
std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string_view> known);

/// "; did you mean 'a' or 'b'?" to end a sentence with, or nothing if there is no candidate.
std::string did_you_mean(const std::vector<std::string>& candidates);

} // namespace tidemark
