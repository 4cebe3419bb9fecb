/// The vocabulary in which tables are described: each function makes a generator for one column.
#pragma once

#include "tools/netsuite_sim/table.hpp"

#include <initializer_list>
#include <string_view>

namespace tidemark::netsuite_sim::make {

// -- keys
// ----------------------------------------------------------------------------------------------------
generator id();
generator line_id();
/// A number of its own for every line of the account.
generator unique_line_key();
/// Two accounting books for each line: the line, and its book.
generator booked_line();
generator book_of_line();

// -- numbers and switches
// ------------------------------------------------------------------------------------
generator integer(std::int64_t low, std::int64_t high);
/// Up to 20 digits, some negative, with or without trailing zeros.
generator decimal();
/// Amounts of money: two decimals.
generator money();
generator flag(unsigned percent_true);
generator is_first_line();

// -- times
// ---------------------------------------------------------------------------------------------------
/// A day from 2019 to 2025.
generator date();
/// A second from 2019 to 2025; one in 16 lies near a clock change in California or in Germany.
generator datetime();
/// The n-th month's first or last day, n being the row's ordinal, from January 2015 on.
generator month_start();
generator month_end();
generator month_name();

// -- texts
// ---------------------------------------------------------------------------------------------------
generator one_of(std::initializer_list<std::string_view> words);
/// The word that belongs to another pick of the same row: `words` runs parallel to `one_of`'s list, `column`
/// is that column's name.
generator parallel_to(std::string_view column, std::initializer_list<std::string_view> words);
/// "PREFIX" and the id.
generator numbered(std::string_view prefix);
generator company_name();
generator first_name();
generator last_name();
generator email();
generator phone();
/// A few words; one in 16 is awkward: quotes, line breaks, backslashes, other scripts, emoji, 300 characters,
/// empty.
generator phrase();
/// "External-" and a hash.
generator external_id();

// -- references
// ----------------------------------------------------------------------------------------------
/// The id of a row of `column::references`; one in 64 dangles.
generator reference();
/// Pairs without repeats: the first `n` rows have the first row of `column::references`, the next `n` the
/// second one, and so on, beyond the last one too; and each of them another row of the first `n`. Any row for
/// rows put in at run time.
generator owner_of(unsigned n);
generator one_of_first(unsigned n);
/// A parent in the same table: a third has none; chains of 64, parents with a higher id, and a cycle occur.
generator parent();
/// "3, 4, 5": ids of `column::references`.
generator ids();

/// `inner`, but null once in `n` times.
generator sometimes_null(unsigned n, generator inner);

} // namespace tidemark::netsuite_sim::make
