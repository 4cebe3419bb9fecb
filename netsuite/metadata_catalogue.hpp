/// The REST service's metadata catalogue: which record types the account has, and which fields they have.
///
/// O:section_1540810174 has the list and the ways to ask; the form of a schema is as public clients read it
/// (airbyte source-netsuite, n8n's NetSuite node, a Go client): "properties" by name, custom fields with
/// "x-ns-custom-field": true, a reference either as "$ref" to the schema of its target or as an object of id,
/// refName and links, which does not tell the target.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/criteria.hpp"
#include "messages/error.hpp"
#include "messages/http.hpp"

namespace tidemark {

/// GET of the list of record types.
http_request make_catalogue_request(std::string_view base_url);

/// GET of one record type's schema. May take more than a minute (airbyte PR 86414).
http_request make_schema_request(std::string_view base_url, std::string_view record_type);

/// The names of the record types, lower-case, sorted; `ec::server` for a body that is no such list.
outcome<std::vector<std::string>> parse_catalogue(std::string_view body);

/// One field of a schema, as criteria would have it.
struct catalogue_field {
  std::string name; ///< lower-case
  field_type type = field_type::text;
  std::string target;     ///< of a reference or multi-select, lower-case; empty if the schema does not tell
  bool is_custom = false; ///< the account's own
  bool of_lines = false;  ///< of the records' lines (a sublist called item, line or expense)

  friend bool operator==(const catalogue_field&, const catalogue_field&) = default;
};

/// Every field that a query can be asked for; sublists are looked into for the custom columns of lines alone.
/// `ec::server` for a body that is no schema; what stands oddly in one is left out.
outcome<std::vector<catalogue_field>> parse_schema(std::string_view body);

/// A name of something that the account has added: "custentity_x", "customrecord_x", "cseg_x".
bool is_custom_name(std::string_view name) noexcept;

} // namespace tidemark
