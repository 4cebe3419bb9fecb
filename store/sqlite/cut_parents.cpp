#include "store/sqlite/cut_parents.hpp"

#include "store/sqlite/record_tables.hpp"

namespace tidemark::sqlite {

std::string note_cut_parents_sql(const set_table& set, std::string_view condition) {
  return fmt::format("INSERT INTO cut_parents (record_type, parent) SELECT DISTINCT ?3, {} FROM {} WHERE {} "
                     "ON CONFLICT DO NOTHING",
                     identifier(set.table.parent), identifier(set.table.name), condition);
}

outcome<std::vector<std::int64_t>> parents_back(connection& db, std::string_view set,
                                                std::string_view parent_type, std::size_t most) {
  auto parents = find_table(db, parent_type);
  if (!parents) return std::unexpected(std::move(parents.error()));
  if (!*parents) return std::vector<std::int64_t>{};
  return db.all(
      fmt::format("SELECT c.parent FROM cut_parents c WHERE c.record_type = ? AND EXISTS (SELECT 1 FROM {} p "
                  "WHERE p.{} = c.parent AND p.\"_deleted_at\" IS NULL) ORDER BY c.parent LIMIT ?",
                  identifier((*parents)->name), identifier((*parents)->key)),
      [](row& r) { return r.integer(); }, set, static_cast<std::int64_t>(most));
}

outcome<void> settle_cut_parents(connection& db, const record_table& set, bool whole) {
  if (whole) return db.change("DELETE FROM cut_parents WHERE record_type = ?", set.record_type_name);
  return db.change(
      fmt::format("DELETE FROM cut_parents WHERE record_type = ? AND EXISTS (SELECT 1 FROM {} s WHERE "
                  "s.{} = cut_parents.parent)",
                  identifier(set.name), identifier(set.parent)),
      set.record_type_name);
}

} // namespace tidemark::sqlite
