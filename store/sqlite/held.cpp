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
outcome<void> was_accepted(connection& db, std::int64_t import, std::string_view import_id,
                           std::string_view record_type) {
  auto notes = read_notes(db, import);
  if (!notes) return std::unexpected(std::move(notes.error()));
  auto about = [&](const import_note& x) { return record_type.empty() || x.record_type == record_type; };
  if (std::ranges::any_of(*notes, [&](auto& x) { return x.code == accepted_note && about(x); })) return {};
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
outcome<void> move_marks(connection& db, const import_head& head, const type_row& type, unix_ms now) {
  if (head.mode == import_mode::verify || type.changed_since != 0 || !type.planned) return {};
  auto stored = all_stored(db, head.number, type.name);
  if (!stored) return std::unexpected(std::move(stored.error()));
  auto known = watermark(db, type.name);
  if (!known) return std::unexpected(std::move(known.error()));
  // One that is gone since says that the type has to be read whole for another reason.
  if (!*stored || *known == 0) return {};
  if (auto moved = move_watermark(db, type.name, type.server_time, type.description, now); !moved)
    return std::unexpected(std::move(moved.error()));
  return move_deletes(db, type.name, type.server_time, now);
}

/// The condition that a noted record, m, is live and has been written by no later import.
std::string is_live(const made_table& table) {
  auto same = table.parent.empty() ? fmt::format("x.{} = m.ranged", identifier(table.key))
                                   : fmt::format("x.{} = m.ranged AND x.{} = m.within",
                                                 identifier(table.parent), identifier(table.key));
  return fmt::format("EXISTS (SELECT 1 FROM {} x WHERE {} AND x.\"_deleted_at\" IS NULL AND "
                     "x.\"_import_id\" <= m.import_number)",
                     identifier(table.name), same);
}

outcome<type_keys> live_ones(connection& db, std::int64_t import, const std::string& record_type) {
  type_keys found{record_type, {}};
  auto table = find_table(db, record_type);
  if (!table) return std::unexpected(std::move(table.error()));
  if (!*table) return found;
  auto read = db.each(
      fmt::format("SELECT m.ranged, m.within FROM missing_records m WHERE m.record_type = ? "
                  "AND m.import_number = ? AND {} ORDER BY m.ranged, m.within",
                  is_live(**table)),
      [&](row& r) {
        stored_key key;
        key.ranged = r.integer();
        key.within = r.integer();
        found.keys.push_back(key);
      },
      record_type, import);
  if (!read) return std::unexpected(std::move(read.error()));
  return found;
}

/// Returns how many of them were on the list.
outcome<std::uint64_t> take_off(connection& db, std::int64_t import, const type_keys& shown) {
  std::uint64_t count = 0;
  for (const auto& key : shown.keys) {
    auto taken = db.run("DELETE FROM missing_records WHERE record_type = ? AND import_number = ? "
                        "AND ranged = ? AND within = ?",
                        shown.record_type, import, key.ranged, key.within);
    if (!taken) return std::unexpected(std::move(taken.error()));
    count += static_cast<std::uint64_t>(*taken);
  }
  return count;
}

std::string accepted_text(const type_row& type, std::uint64_t taken, std::uint64_t shown, std::uint64_t held,
                          std::string_view by) {
  auto text = fmt::format("{}: {} of the {} deletions that were held are carried out, accepted by {}",
                          type.name, taken, held, by);
  if (shown > 0)
    text +=
        fmt::format("; the account shows {} of these records again, which stay and are held no more", shown);
  return text;
}

outcome<std::uint64_t> accept(connection& db, const import_head& head, type_row type, const acceptance& how) {
  std::uint64_t shown = 0;
  for (const auto& x : how.shown) {
    if (x.record_type != type.name) continue;
    auto off = take_off(db, head.number, x);
    if (!off) return off;
    shown += *off;
  }
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
  // What was hidden may have changed unseen.
  if (shown == 0)
    if (auto moved = move_marks(db, head, type, how.at); !moved)
      return std::unexpected(std::move(moved.error()));
  import_note note{
      type.name, std::string{accepted_note}, {}, accepted_text(type, *taken, shown, held, how.by), how.at};
  if (auto added = add_note(db, head.number, note); !added) return std::unexpected(std::move(added.error()));
  return taken;
}

/// What may be accepted of an import.
struct holding {
  import_head head;
  std::vector<type_row> types; ///< that hold something; empty: it was accepted before
};

outcome<holding> find_holding(connection& db, std::string_view import_id, std::string_view record_type) {
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
  if (types->empty())
    if (auto accepted = was_accepted(db, head->number, import_id, record_type); !accepted)
      return std::unexpected(std::move(accepted.error()));
  for (auto& type : *types)
    if (auto free = check_not_being_read(db, head->number, import_id, type.name); !free)
      return std::unexpected(std::move(free.error()));
  return holding{*head, std::move(*types)};
}

} // namespace

outcome<std::vector<type_keys>> held_records(connection& db, std::string_view import_id,
                                             std::string_view record_type) {
  auto held = find_holding(db, import_id, record_type);
  if (!held) return std::unexpected(std::move(held.error()));
  std::vector<type_keys> found;
  for (const auto& type : held->types) {
    auto keys = live_ones(db, held->head.number, type.name);
    if (!keys) return std::unexpected(std::move(keys.error()));
    found.push_back(std::move(*keys));
  }
  return found;
}

outcome<std::uint64_t> accept_deletions(connection& db, std::string_view import_id,
                                        std::string_view record_type, const acceptance& how) {
  auto held = find_holding(db, import_id, record_type);
  if (!held) return std::unexpected(std::move(held.error()));
  std::uint64_t count = 0;
  for (auto& type : held->types) {
    auto taken = accept(db, held->head, type, how);
    if (!taken) return taken;
    count += *taken;
  }
  return count;
}

} // namespace tidemark::sqlite
