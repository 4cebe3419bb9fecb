/// The record service's metadata catalogue, made from the tables that the account shows.
#pragma once

#include "tools/netsuite_sim/schema.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidemark::netsuite_sim {

/// The list of record types: names with links, as O:section_1540810174 shows it.
std::string catalogue_list(const schema& shown, std::string_view base_url);

/// The JSON schema of one record type, by its lower-case name; nothing for one that there is not.
/// `tells_targets`: a reference is "$ref" to its target's schema, else an object of id, refName and links,
/// which is how newer captures look.
std::optional<std::string> catalogue_schema(const schema& shown, std::string_view name, bool tells_targets);

} // namespace tidemark::netsuite_sim
