/// A row as JSON, for people who look at rejected records.
#pragma once

#include "messages/record_set.hpp"

#include <span>
#include <string>

namespace tidemark::sqlite {

/// An object of the row's cells in the order of the columns, without the null ones. Bytes that are not UTF-8
/// show as the replacement character.
std::string row_json(const record_set& records, std::span<const cell> row);

} // namespace tidemark::sqlite
