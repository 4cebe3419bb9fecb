/// The half of `world` that changes it.
#include "tools/netsuite_sim/cursor.hpp"
#include "tools/netsuite_sim/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace tidemark::netsuite_sim {

namespace {

/// Deletions that the account remembers from before the simulator started.
constexpr std::int64_t seconds_2025 = 1735689600;

std::string describe(const table& t, row_key key) {
  if (t.shape == table_shape::records) return fmt::format("{} {}", t.name, key.id);
  return fmt::format("{} ({}, {})", t.name, key.id, key.line);
}

cell text_cell(std::string_view text) {
  cell result;
  result.set_text(text);
  return result;
}

/// What people and scripts call a record type, where that is not its table's name.
struct type_names {
  std::string_view table;
  std::string_view name;
  std::string_view script_id;
};

constexpr std::array names_of_types{type_names{"job", "Project", "job"},
                                    type_names{"item", "Inventory Item", "inventoryitem"},
                                    type_names{"projecttask", "Project Task", "projecttask"},
                                    type_names{"salesorder", "Sales Order", "salesorder"},
                                    type_names{"customerpayment", "Payment", "customerpayment"},
                                    type_names{"creditmemo", "Credit Memo", "creditmemo"},
                                    type_names{"purchaseorder", "Purchase Order", "purchaseorder"},
                                    type_names{"itemreceipt", "Item Receipt", "itemreceipt"},
                                    type_names{"itemfulfillment", "Item Fulfillment", "itemfulfillment"},
                                    type_names{"vendorbill", "Bill", "vendorbill"},
                                    type_names{"vendorpayment", "Bill Payment", "vendorpayment"},
                                    type_names{"journalentry", "Journal", "journalentry"}};

/// What goes with a transaction.
constexpr std::array tables_of_lines{"transactionline", "transactionaccountingline"};

cell datetime_cell(std::int64_t seconds) {
  cell result;
  result.set_datetime(seconds);
  return result;
}

} // namespace

std::optional<std::int64_t> logged_number(std::string_view entry) {
  auto equals = entry.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  auto digits = entry.substr(equals + 1);
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::int64_t world::logged_type_id(const table& t) const {
  for (const auto& entry : options_.deleted_type_ids)
    if (entry.starts_with(t.name + "=")) return logged_number(entry).value_or(t.record_type_id);
  return t.record_type_id;
}

cell world::logged_type(const std::string& record_type) const {
  if (options_.deleted_type == "none") return {};
  if (options_.deleted_type == "table") return text_cell(record_type);
  auto is_name = options_.deleted_type == "name";
  auto known = std::ranges::find(names_of_types, record_type, &type_names::table);
  if (known != names_of_types.end()) return text_cell(is_name ? known->name : known->script_id);
  auto name = record_type;
  if (is_name && !name.empty())
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return text_cell(name);
}

void world::touch(const table& t) {
  ++state(t).version;
  if (t.name != "transaction") return;
  // What follows from a transaction changes with it.
  for (const auto* lines : tables_of_lines)
    if (const auto* found = find_table(lines)) ++state(*found).version;
}

outcome<void> world::apply(const table& t, row_patch& patch, const named_values& values, std::int64_t now) {
  for (const auto& [name, value] : values) {
    auto index = t.column_index(name);
    if (index < 0)
      return fail(ec::bad_request, fmt::format("table {} has no column '{}'", t.name, name), name);
    if (static_cast<std::size_t>(index) < t.key_columns().size())
      return fail(ec::bad_request,
                  fmt::format("column '{}' is the key of {} and cannot be set", name, t.name), name);
  }
  if (auto index = t.column_index(t.change_column); index >= 0)
    patch.values[static_cast<std::size_t>(index)] = datetime_cell(now);
  for (const auto& [name, value] : values)
    patch.values[static_cast<std::size_t>(t.column_index(name))] = value;
  return {};
}

outcome<void> world::insert(const table& t, row_key key, const named_values& values, std::int64_t now) {
  if (find_row(t, key)) return fail(ec::conflict, fmt::format("{} exists already", describe(t, key)));
  row_patch patch;
  if (auto applied = apply(t, patch, values, now); !applied) return applied;
  state(t).overlay[key] = std::move(patch);
  touch(t);
  return {};
}

outcome<void> world::update(const table& t, row_key key, const named_values& values, std::int64_t now) {
  auto existing = find_row(t, key);
  if (!existing) return fail(ec::bad_request, fmt::format("there is no {} to update", describe(t, key)));
  auto patch = existing->patch != nullptr ? *existing->patch : row_patch{};
  if (auto applied = apply(t, patch, values, now); !applied) return applied;
  state(t).overlay[key] = std::move(patch);
  touch(t);
  return {};
}

outcome<void> world::erase(const table& t, row_key key, std::int64_t now) {
  auto existing = find_row(t, key);
  if (!existing) return fail(ec::bad_request, fmt::format("there is no {} to delete", describe(t, key)));
  std::string type = t.name;
  if (auto index = t.column_index("recordtype"); index >= 0) {
    cell value;
    read(t, *existing, static_cast<std::size_t>(index), value);
    if (value.what() == cell::type::text) type = value.text();
  }
  const auto name = t.shape == table_shape::records ? display_name(t, key.id) : std::string();
  auto& overlay = state(t).overlay;
  if (generated_row(t, key)) {
    overlay[key] = row_patch{.deleted = true, .values = {}};
  } else {
    overlay.erase(key);
  }
  if (t.name == "transaction")
    for (const auto* name_of_lines : tables_of_lines) {
      auto& lines = state(*find_table(name_of_lines)).overlay;
      lines.erase(lines.lower_bound({key.id, lowest}), lines.upper_bound({key.id, highest}));
    }
  touch(t);
  const auto type_id = logged_type_id(t);
  if (type_id == 0) return {};
  const auto& log = *find_table("deletedrecord");
  // Tables that are logged under one number have an entry each all the same.
  auto& entry = state(log).overlay[{key.id, t.record_type_id == 0 ? type_id : t.record_type_id}];
  auto set = [&](std::string_view column_name, cell value) {
    entry.values[static_cast<std::size_t>(log.column_index(column_name))] = std::move(value);
  };
  set("name", text_cell(name));
  odd_log_ = odd_log_ || type_id != t.record_type_id;
  cell number;
  number.set_integer(type_id);
  set("recordtypeid", number);
  set("type", logged_type(type));
  set("deleteddate", datetime_cell(now));
  touch(log);
  return {};
}

void world::fill_deleted_records() {
  const auto& log = *find_table("deletedrecord");
  auto wanted = generated(log);
  std::vector<const table*> logged;
  for (const auto& t : tables_)
    if (t.record_type_id != 0 && generated(t) > 0) logged.push_back(&t);
  if (logged.empty()) return;
  auto& overlay = state(log).overlay;
  for (std::int64_t i = 0; i < wanted; ++i) {
    auto h = mix(options_.seed ^ log.salt, static_cast<std::uint64_t>(i));
    const auto& t = *logged[h % logged.size()];
    // An id in a gap, or one past the end where there are no gaps.
    auto id = layout(t).id_at(static_cast<std::int64_t>(mix(h) % static_cast<std::uint64_t>(generated(t))));
    auto tries = 0;
    while (generated_row(t, {id, 0}) && ++tries < 10) ++id;
    if (tries == 10) id = layout(t).id_at(generated(t) - 1) + 1 + i;
    auto& entry = overlay[{id, t.record_type_id}];
    auto set = [&](std::string_view column_name, cell value) {
      entry.values[static_cast<std::size_t>(log.column_index(column_name))] = std::move(value);
    };
    set("name", text_cell(fmt::format("Former {} {}", t.name, id)));
    set("type", text_cell(t.name == "transaction" ? "salesorder" : t.name));
    set("deleteddate", datetime_cell(seconds_2025 + static_cast<std::int64_t>(mix(h, 1) % (360 * 86400))));
  }
}

} // namespace tidemark::netsuite_sim
