/// Which values of a record type a comparison adds up.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "messages/value_sums.hpp"
#include "netsuite/projection.hpp"

namespace tidemark {

/// An answer has so many numbers for each range of about 1000 records.
inline constexpr std::size_t most_value_sums = 10;

/// The column that tells changes first, then up to four decimals, then of each other kind of column one after
/// the other. What tells records apart is added up by itself. The place of what is left out stays empty: the
/// next one of its kind would be added up alike.
std::vector<value_sum> choose_value_sums(const projection& what, std::span<const value_sum> left_out = {});

/// "sums of amount and total, lengths of memo", for people; empty without any.
std::string describe(const std::vector<value_sum>& sums);

} // namespace tidemark
