#include "store/sqlite/held.hpp"

#include "store/sqlite/batches.hpp"
#include "store/sqlite/imports.hpp"
#include "store/sqlite/missing_records.hpp"
#include "store/sqlite/tenant_rows.hpp"
#include "store/utc_text.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

constexpr std::string_view accepted_note = "deletions_accepted";

std::unexpected<failure> refuse(std::string_view import_id, std::string sentence) {
  return fail(ec::conflict, std::move(sentence), std::string{import_id});
}

std::string of_type(std::string_view record_type) {
  return record_type.empty() ? std::string{} : fmt::format(" of {}", record_type);
}

/// Nothing is held: it was accepted before, or there is nothing to accept.
outcome<std::uint64_t> nothing_held(connection& db, std::int64_t import, std::string_view import_id,
                                    std::string_view record_type) {
  auto notes = read_notes(db, import);
  if (!notes) return std::unexpected(std::move(notes.error()));
  auto about = [&](const import_note& x) { return record_type.empty() || x.record_type == record_type; };
  if (std::ranges::any_of(*notes, [&](auto& x) { return x.code == accepted_note && about(x); })) return 0;
  if (std::ranges::any_of(*notes, [&](auto& x) { return x.code == "deletions_held" && about(x); }))
    return refuse(import_id,
                  fmt::format("import {} holds no deletions{} any more: a newer import has read all "
                              "of it since",
                              import_id, of_type(record_type)));
  return refuse(import_id, fmt::format("import {} holds no deletions{}", import_id, of_type(record_type)));
}

/// What a type has found missing that was cut off may be there. What one holds that has ended by itself is
/// known, whatever became of its import.
outcome<void> check_read_to_the_end(std::string_view import_id, const std::vector<type_row>& types,
                                    std::string_view record_type) {
  for (const auto& type : types)
    if (type.state == type_state::cancelled && (type.held > 0 || type.name == record_type))
      return refuse(
          import_id,
          fmt::format("import {} was cancelled before all of {} was read: what it did not see may be there, "
                      "so none of it is deleted; import {} again",
                      import_id, type.name, type.name));
  return {};
}

/// What another import has seen in the account must not go.
outcome<void> check_not_being_read(connection& db, std::int64_t import, std::string_view import_id,
                                   std::string_view record_type) {
  auto other = db.first(
      "SELECT i.id, i.state FROM imports i JOIN import_types t ON t.import_number = i.number "
      "WHERE t.name = ? AND i.number <> ? AND i.state NOT IN ('cancelled', 'completed', "
      "'completed_with_errors', 'failed') ORDER BY i.number LIMIT 1",
      [](row& r) {
        auto id = r.text();
        return std::pair{std::move(id), r.text()};
      },
      record_type, import);
  if (!other) return std::unexpected(std::move(other.error()));
  if (!*other) return {};
  return refuse(import_id,
                fmt::format("import {} is {} and reads {}: accept the deletions once it has ended, or "
                            "cancel it first",
                            (*other)->first, (*other)->second, record_type));
}

/// All of the type is in the database now.
outcome<void> move_marks(connection& db, const import_head& head, const type_row& type) {
  if (head.mode == import_mode::verify || type.changed_since != 0 || !type.planned) return {};
  auto stored = all_stored(db, head.number, type.name);
  if (!stored) return std::unexpected(std::move(stored.error()));
  auto known = watermark(db, type.name);
  if (!known) return std::unexpected(std::move(known.error()));
  // One that is gone since says that the type has to be read whole for another reason.
  if (!*stored || *known == 0) return {};
  if (auto moved = move_watermark(db, type.name, type.server_time, type.description); !moved)
    return std::unexpected(std::move(moved.error()));
  return move_deletes(db, type.name, type.server_time);
}

outcome<std::uint64_t> accept(connection& db, const import_head& head, type_row type, const acceptance& how) {
  auto table = find_table(db, type.name);
  if (!table) return std::unexpected(std::move(table.error()));
  outcome<std::uint64_t> taken = 0;
  if (*table) {
    auto place = place_of(db, type.name, std::move(**table), how.removes, how.families);
    if (!place) return std::unexpected(std::move(place.error()));
    taken = take_missing_away(db, head.number, *place, to_utc_seconds(how.at));
  }
  if (!taken) return taken;
  auto held = std::exchange(type.held, 0);
  type.deleted += *taken;
  if (auto saved = save_types(db, head.number, {&type, 1}); !saved)
    return std::unexpected(std::move(saved.error()));
  if (auto moved = move_marks(db, head, type); !moved) return std::unexpected(std::move(moved.error()));
  import_note note{type.name,
                   std::string{accepted_note},
                   {},
                   fmt::format("{}: {} of the {} deletions that were held are carried out, accepted by {}",
                               type.name, *taken, held, how.by),
                   how.at};
  if (auto added = add_note(db, head.number, note); !added) return std::unexpected(std::move(added.error()));
  return taken;
}

} // namespace

outcome<std::uint64_t> accept_deletions(connection& db, std::string_view import_id,
                                        std::string_view record_type, const acceptance& how) {
  auto head = find_import(db, import_id);
  if (!head) return std::unexpected(std::move(head.error()));
  if (!is_final(head->state))
    return refuse(import_id, fmt::format("import {} is {}: its deletions are accepted once it has ended",
                                         import_id, to_string(head->state)));
  if (!record_type.empty())
    if (auto known = read_type(db, head->number, record_type); !known)
      return fail(ec::unknown_record_type,
                  fmt::format("import {} has no record type {}", import_id, record_type),
                  std::string{record_type});
  auto types = read_types(db, head->number);
  if (!types) return std::unexpected(std::move(types.error()));
  if (auto whole = check_read_to_the_end(import_id, *types, record_type); !whole)
    return std::unexpected(std::move(whole.error()));
  std::erase_if(*types,
                [&](auto& x) { return x.held == 0 || (!record_type.empty() && x.name != record_type); });
  if (types->empty()) return nothing_held(db, head->number, import_id, record_type);
  for (auto& type : *types)
    if (auto free = check_not_being_read(db, head->number, import_id, type.name); !free)
      return std::unexpected(std::move(free.error()));
  std::uint64_t count = 0;
  for (auto& type : *types) {
    auto taken = accept(db, *head, type, how);
    if (!taken) return taken;
    count += *taken;
  }
  return count;
}

} // namespace tidemark::sqlite
