/// One JSON value becomes one cell. Internal to the page decoder.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/criteria.hpp"
#include "messages/record_set.hpp"

namespace tidemark {

enum class wire_kind : std::uint8_t { text, number, truth };

/// Decodes a value that is not null; `text` is the unescaped string or the token itself. Returns null, or
/// what the value should have been: "a whole number".
const char* decode_value(field_type type, wire_kind kind, std::string_view text, record_set& into, cell& out);

} // namespace tidemark
