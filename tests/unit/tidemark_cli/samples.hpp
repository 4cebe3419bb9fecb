/// Made-up imports for the tests.
#pragma once

#include "messages/wire/imports.hpp"
#include "messages/wire/slots.hpp"
#include "tools/tidemark/line.hpp"

#include <string>
#include <vector>

namespace tidemark::cli {

/// 2026-03-01T12:00:00.000Z.
inline constexpr unix_ms noon = 1'772'366'400'000;

inline const std::string sample_id = "acme.01jzzzzzzz0000000000000000";

/// A running import of three waves: one completed type, two running ones, one that waits.
import_status sample_import();

/// A record type of an import.
type_status sample_type(const std::string& name, std::uint32_t wave, type_state state,
                        std::uint64_t stored = 0, std::uint64_t planned = 0);

/// An import with `per_wave` types in each of `waves` waves: the first wave completed, the second running,
/// the others waiting.
import_status big_import(std::uint32_t waves, std::uint32_t per_wave);

/// An account that is used to the full, and one that is down.
pool_status sample_pool();
pool_status sample_pool_in_an_outage();

/// The lines as plain text.
std::vector<std::string> texts(const std::vector<line>& lines);
std::string joined(const std::vector<line>& lines);

} // namespace tidemark::cli
