/// Where things stand in a JSON text, for messages about it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

struct json_place {
  std::size_t line = 0; ///< from 1, of what `path` leads to, or of the last part of it that is there
  /// The values of "name" on the way, joined by dots: "customer.email".
  std::string named = {};
};

/// `text` is sound JSON, `path` as in "$.record_types[3].key".
json_place find_in_json(std::string_view text, std::string_view path);

} // namespace tidemark
