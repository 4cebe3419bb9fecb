/// Records that did not arrive where an import read everything. They are noted with their ranges, and at the
/// end of their type taken away, or held if they are too many. Everything here runs inside a transaction of
/// the caller's.
#pragma once

#include "messages/error.hpp"
#include "messages/ledger.hpp"
#include "store/open_tenant_store.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/deletions.hpp"
#include "store/sqlite/record_key.hpp"
#include "store/sqlite/record_table.hpp"
#include "store/sqlite/record_tables.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sqlite {

/// Where the records are that may have to be taken away, and how that is done.
struct record_place {
  std::string record_type;
  made_table table;
  bool removes = false; ///< they are removed, not marked; rows of sets always are
  std::vector<set_table> sets = {};
  bool filtered = false; ///< the rows of its sets may be there without them; otherwise they go with them
};

/// The rows of its sets go with a record, unless the type is filtered: then they may be there without it, and
/// are looked at by the next import of theirs that asks for changes.
outcome<record_place> place_of(connection& db, const record_table& table, const type_families& families);
outcome<record_place> place_of(connection& db, std::string_view record_type, made_table table, bool removes,
                               const type_families& families);

outcome<void> note_missing(connection& db, std::int64_t import, std::string_view record_type,
                           const record_key& key);
/// Everything from a key on that is live and that no later import has written.
/// Of a set: the rows of a parent that no later import has written.
outcome<void> note_missing_of(connection& db, std::int64_t import, const record_table& set,
                              std::int64_t parent);
outcome<void> note_missing_from(connection& db, std::int64_t import, const record_table& table,
                                std::int64_t first);

outcome<std::uint64_t> count_missing(connection& db, std::int64_t import, std::string_view record_type);

/// What the import has noted of a type, or of a range of it, is forgotten.
outcome<void> forget_missing(connection& db, std::int64_t import, std::string_view record_type);
outcome<void> forget_missing(connection& db, std::int64_t import, std::string_view record_type,
                             const key_range& range);
/// The same for every type of the import that is not held.
outcome<void> forget_not_held(connection& db, std::int64_t import);

/// What other imports have noted in this range, of records that this one has just been given: they looked
/// before they came (again), so they neither take them away nor hold them, whichever import is the older one.
outcome<void> take_back_missing(connection& db, std::int64_t import, std::string_view record_type,
                                const key_range& range,
                                const std::function<bool(const record_key&)>& has_come);

struct settled_missing {
  std::uint64_t deleted = 0;
  std::uint64_t held = 0;
  std::uint64_t held_of = 0; ///< live records; zero if none are held
};

/// Takes away what the import has noted of the type, and forgets it; if that is more than `guard_percent`
/// allows, does nothing but tell so. Records that are live and that no later import has written count.
outcome<settled_missing> settle_missing(connection& db, std::int64_t import, const record_place& where,
                                        std::uint32_t guard_percent, const std::string& at);

/// Takes it away, however much it is, with the rows of its sets and what was rejected of it, and forgets it.
/// Returns how many records went, without the rows of sets.
outcome<std::uint64_t> take_missing_away(connection& db, std::int64_t import, const record_place& where,
                                         const std::string& at);

/// Of a type with a wide key. If it was last read whole with other fields in its key, the same records have
/// other numbers now: a missing row that agrees with one which is there, in all fields of the key that it
/// has, is no record of its own and is removed, uncounted.
outcome<void> settle_numbers(connection& db, std::int64_t import, const record_place& where,
                             const record_table& table);

/// A type with a wide key was read whole: keeps which fields its numbers are made of.
outcome<void> keep_numbers(connection& db, std::int64_t import, const record_table& table);

/// The import has looked for all that older ones looked for which asked for no earlier changes than these:
/// what they have noted and hold of the type is forgotten. Zero: everything was asked for. Nor does any hold
/// the type of which it has nothing noted any more.
outcome<void> replace_older_missing(connection& db, std::int64_t import, std::string_view record_type,
                                    unix_ms changed_since);

/// Of all imports, by record type, of one the oldest import first.
outcome<std::vector<held_deletions>> list_held(connection& db);

/// Whether any import holds deletions of this record type.
outcome<bool> holds_any(connection& db, std::string_view record_type);

} // namespace tidemark::sqlite
