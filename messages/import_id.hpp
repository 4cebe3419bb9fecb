/// The id of an import: `<tenant>.<26 characters>`, so that an id alone finds its tenant, and the ids of one
/// tenant sort by time.
#pragma once

#include "messages/words.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// The 80 bits that keep ids of the same millisecond apart.
using import_id_salt = std::array<std::uint8_t, 10>;

/// Fresh bits from the operating system.
import_id_salt random_salt();

/// The id of an import that is asked for now: tenant, a dot, and a ULID (48 bits of milliseconds, 80 of salt)
/// in lower-case Crockford base 32. `now` lies between 1970 and the year 10889.
std::string new_import_id(std::string_view tenant, unix_ms now, const import_id_salt& salt = random_salt());

/// The tenant in an import's id, or nothing if it is not one. Points into the argument.
std::optional<std::string_view> tenant_of(std::string_view import_id) noexcept;

} // namespace tidemark
