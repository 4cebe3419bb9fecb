/// Records that were found gone, whose rows in a set went with them. If such a record is there again, its
/// rows have no newer change date than before, so that nothing else asks for them. Everything here runs
/// inside a transaction of the caller's.
#pragma once

#include "messages/error.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/deletions.hpp"
#include "store/sqlite/record_table.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tidemark::sqlite {

std::string note_cut_parents_sql(const set_table& set, std::string_view condition);

/// The parents of those rows of the set that a condition finds, whose first two arguments these are.
template <class First, class Second>
outcome<void> note_cut_parents(connection& db, const set_table& set, std::string_view condition,
                               const First& first, const Second& second) {
  return db.change(note_cut_parents_sql(set, condition), first, second, set.record_type);
}

/// Those of the noted ones, at most so many, that are there again: live records of the parents' type.
outcome<std::vector<std::int64_t>> parents_back(connection& db, std::string_view set,
                                                std::string_view parent_type, std::size_t most);

/// A reading of the set has ended: the parents that have rows are not cut any more, and none is if all of it
/// was read.
outcome<void> settle_cut_parents(connection& db, const record_table& set, bool whole);

} // namespace tidemark::sqlite
