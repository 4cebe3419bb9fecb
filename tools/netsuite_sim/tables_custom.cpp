// What an account knows of its own customisations: customfield, customrecordtype, customlist.
#include "tools/netsuite_sim/generators.hpp"
#include "tools/netsuite_sim/tables.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace tidemark::netsuite_sim {

namespace {

using enum column_kind;

struct custom_row {
  std::string script_id; ///< in capitals, as queries answer it
  std::string name;
  std::string place;      ///< of a field
  std::string value_type; ///< of a field, in the words of the user interface
  std::optional<std::int64_t> points_at;
  std::optional<std::int64_t> owner;
};

// Numbers that fields point at custom records and lists by.
constexpr std::int64_t first_record = 101;
constexpr std::int64_t first_list = 501;

generator text_of(std::vector<custom_row> rows, std::string custom_row::* member) {
  return
      [rows = std::move(rows), member](const world&, const row& r, const column&, std::uint64_t, cell& out) {
        if (r.ordinal < 0 || static_cast<std::size_t>(r.ordinal) >= rows.size()) return out.set_null();
        out.set_text(rows[static_cast<std::size_t>(r.ordinal)].*member);
      };
}

generator number_of(std::vector<custom_row> rows, std::optional<std::int64_t> custom_row::* member) {
  return
      [rows = std::move(rows), member](const world&, const row& r, const column&, std::uint64_t, cell& out) {
        if (r.ordinal < 0 || static_cast<std::size_t>(r.ordinal) >= rows.size()) return out.set_null();
        auto number = rows[static_cast<std::size_t>(r.ordinal)].*member;
        number ? out.set_integer(*number) : out.set_null();
      };
}

std::string capitals(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string words_for(column_kind kind) {
  switch (kind) {
  case integer: return "Integer Number";
  case decimal: return "Decimal Number";
  case boolean: return "Check Box";
  case date: return "Date";
  case datetime: return "Date/Time";
  case reference: return "List/Record";
  case multi_select: return "Multiple Select";
  case text: return "Free-Form Text";
  }
  return {};
}

std::string place_of(std::string_view script_id) {
  if (script_id.starts_with("custentity")) return "ENTITY";
  if (script_id.starts_with("custbody")) return "BODY";
  if (script_id.starts_with("custcol")) return "COLUMN";
  if (script_id.starts_with("custitem")) return "ITEM";
  if (script_id.starts_with("custevent")) return "CRM";
  return "RECORD";
}

std::vector<custom_row> named(const std::vector<table>& all, std::string_view start) {
  std::vector<custom_row> rows;
  for (const auto& t : all)
    if (t.name.starts_with(start)) rows.push_back({capitals(t.name), t.name, {}, {}, {}, {}});
  return rows;
}

std::optional<std::int64_t> number_in(const std::vector<custom_row>& rows, const std::string& name,
                                      std::int64_t first) {
  auto found = std::ranges::find(rows, name, &custom_row::name);
  if (found == rows.end()) return std::nullopt;
  return first + (found - rows.begin());
}

} // namespace

void add_custom_tables(std::vector<table>& out) {
  auto records = named(out, "customrecord_");
  auto lists = named(out, "customlist_");
  std::vector<custom_row> fields;
  for (const auto& t : out)
    for (const auto& c : t.columns) {
      if (!c.name.starts_with("cust") || c.name.starts_with("custom")) continue;
      custom_row row{capitals(c.name), c.name, place_of(c.name), words_for(c.kind), {}, {}};
      row.owner = number_in(records, t.name, first_record);
      row.points_at = number_in(records, c.references, first_record);
      if (!row.points_at) row.points_at = number_in(lists, c.references, first_list);
      // The record types of the account itself have the numbers of the log of deletions here.
      auto target = std::ranges::find(out, c.references, &table::name);
      if (!row.points_at && target != out.end() && target->record_type_id != 0)
        row.points_at = target->record_type_id;
      fields.push_back(std::move(row));
    }
  auto add_names = [&out](const char* name, std::int64_t first, const std::vector<custom_row>& rows) {
    out.push_back({.name = name,
                   .default_count = static_cast<std::int64_t>(rows.size()),
                   .first_id = first,
                   .is_whole = true,
                   .columns = {{"internalid", integer, make::id()},
                               {"scriptid", text, text_of(rows, &custom_row::script_id)},
                               {"name", text, text_of(rows, &custom_row::name)}}});
  };
  add_names("customrecordtype", first_record, records);
  add_names("customlist", first_list, lists);
  out.push_back({.name = "customfield",
                 .default_count = static_cast<std::int64_t>(fields.size()),
                 .is_whole = true,
                 .columns = {{"internalid", integer, make::id()},
                             {"scriptid", text, text_of(fields, &custom_row::script_id)},
                             {"name", text, text_of(fields, &custom_row::name)},
                             {"fieldtype", text, text_of(fields, &custom_row::place)},
                             {"fieldvaluetype", text, text_of(fields, &custom_row::value_type)},
                             {"fieldvaluetyperecord", integer, number_of(fields, &custom_row::points_at)},
                             {"recordtype", integer, number_of(fields, &custom_row::owner)}}});
}

} // namespace tidemark::netsuite_sim
