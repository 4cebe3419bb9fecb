/// Columns that an account does not take in the way that most do: how they are asked for instead.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/criteria.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// A datetime is asked for in UTC (`SYS_EXTRACT_UTC`). Some accounts hold it as a plain DATE, which has no
/// zone that this function could know (contract, amendments): then as a text that is read again, in the
/// session's zone, and so has one; and if not even that is taken, as it is, in the session's clock.
enum class column_way : std::uint8_t { by_text, by_clock, left_out };

/// By SuiteQL column, lower-case. Of what is not there nothing is known to be unusual.
using column_ways = std::map<std::string, column_way, std::less<>>;

/// The next way to try of a column that the account refuses without a reason; `left_out` behind the last one.
column_way way_after(field_type type, std::optional<column_way> refused) noexcept;

/// The code of the note on a column that is asked for in this way.
std::string_view note_code(column_way way) noexcept;

/// What a note says of the way in which its subject, a column, is asked for; nothing if it is about anything
/// else.
std::optional<column_way> way_of(const import_note& note) noexcept;

/// What people are told; `said`: the account's words about the way that it refused.
std::string way_text(column_way way, std::string_view record_type, std::string_view column,
                     std::string_view said);

/// Takes what a note says. What is left out stays so.
void take_way(column_ways& into, const import_note& note);

} // namespace tidemark
