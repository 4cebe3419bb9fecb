/// Record types as the text of a criteria file: what `parse_criteria` reads, the other way round.
#pragma once

#include "config/criteria.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// A criteria file, or an overlay, with these record types. Members that are empty, or as they are unless
/// said, are left out: of a type that an overlay changes only the fields need be given.
std::string write_criteria(const std::vector<record_type>& types);

/// The overlay with what `additions` has and it lacks: record types and fields by their names. What stands in
/// it stays, also where `additions` says otherwise; only external references to what it describes by now
/// become weak ones. `ec::bad_config` if either is no overlay.
outcome<std::string> merge_overlays(std::string_view overlay, std::string_view overlay_name,
                                    std::string_view additions);

/// Whether a SuiteQL name can be the name of a field, and of a record type's table, as it is.
bool may_be_field(std::string_view name);
bool may_be_table(std::string_view name);

} // namespace tidemark
