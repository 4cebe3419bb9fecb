#include "tools/netsuite_sim/mutations.hpp"

#include "tools/netsuite_sim/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace tidemark::netsuite_sim {

namespace {

/// How often a random choice is repeated before a bulk operation gives up: rows may be gone, gaps may be
/// full.
constexpr int tries_per_row = 200;

std::unexpected<failure> refuse(std::string why) { return fail(ec::bad_request, std::move(why)); }

outcome<cell> to_cell(const column& c, const nlohmann::json& value) {
  cell result;
  auto wrong = [&](std::string_view expected) {
    return refuse(fmt::format("column '{}' takes {}, not {}", c.name, expected, value.dump()));
  };
  if (value.is_null()) return result;
  switch (c.kind) {
  case column_kind::integer:
  case column_kind::reference:
    if (!value.is_number_integer()) return wrong("a whole number");
    result.set_integer(value.get<std::int64_t>());
    return result;
  case column_kind::boolean:
    if (value.is_boolean())
      result.set_boolean(value.get<bool>());
    else if (value == "T" || value == "F" || value == 0 || value == 1)
      result.set_boolean(value == "T" || value == 1);
    else
      return wrong("true or false");
    return result;
  case column_kind::date: {
    auto parsed = value.is_string() ? parse_oracle(value.get<std::string>(), "YYYY-MM-DD") : refuse("");
    if (!parsed) return wrong("a date such as \"2026-03-02\"");
    result.set_date(day_of(*parsed));
    return result;
  }
  case column_kind::datetime: {
    auto parsed = value.is_string() ? parse_oracle(value.get<std::string>(), R"(YYYY-MM-DD"T"HH24:MI:SS"Z")")
                                    : refuse("");
    if (!parsed) return wrong("a time such as \"2026-03-02T10:20:30Z\"");
    result.set_datetime(*parsed);
    return result;
  }
  case column_kind::decimal:
    if (!value.is_string() && !value.is_number()) return wrong("a number, as text to keep its digits");
    result.set_text(value.is_string() ? value.get<std::string>() : value.dump());
    return result;
  case column_kind::text:
  case column_kind::multi_select:
    if (!value.is_string()) return wrong("a text");
    result.set_text(value.get<std::string>());
    return result;
  }
  return result;
}

outcome<std::int64_t> integer_member(const nlohmann::json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer())
    return refuse(fmt::format("the operation needs a whole number '{}'", name));
  return found->get<std::int64_t>();
}

std::int64_t integer_or(const nlohmann::json& object, const char* name, std::int64_t otherwise) {
  auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

outcome<row_key> key_of(const table& t, const nlohmann::json& operation) {
  auto names = t.key_columns();
  auto first = integer_member(operation, std::string(names[0]).c_str());
  if (!first) return std::unexpected(first.error());
  if (names.size() == 1) return row_key{*first, 0};
  auto second = integer_member(operation, std::string(names[1]).c_str());
  if (!second) return std::unexpected(second.error());
  return row_key{*first, *second};
}

outcome<named_values> values_of(const table& t, const nlohmann::json& operation) {
  named_values result;
  auto values = operation.find("values");
  if (values == operation.end()) return result;
  if (!values->is_object()) return refuse("'values' is an object of column names and values");
  for (const auto& [name, value] : values->items()) {
    auto index = t.column_index(name);
    if (index < 0) return refuse(fmt::format("table {} has no column '{}'", t.name, name));
    auto made = to_cell(t.columns[static_cast<std::size_t>(index)], value);
    if (!made) return std::unexpected(made.error());
    result[name] = std::move(*made);
  }
  return result;
}

/// Chooses rows, and gaps between them, by chance.
class chooser {
public:
  chooser(const world& data, const table& t, std::int64_t after, std::int64_t up_to)
      : data_(data), table_(t) {
    const auto& source = t.shape == table_shape::lines ? data.transactions() : t;
    const auto& layout = data.layout(source);
    auto rows = data.generated(source);
    source_ = &source;
    first_id_ = after == lowest ? layout.first_id() : after + 1;
    last_id_ = up_to == highest ? (rows > 0 ? layout.id_at(rows - 1) : layout.first_id()) : up_to;
    first_ordinal_ = std::min(layout.rank(first_id_), rows);
    end_ordinal_ = std::min(layout.rank(last_id_ + 1), rows);
  }

  /// A row that exists.
  std::optional<row_key> existing(std::uint64_t chance) const {
    if (end_ordinal_ <= first_ordinal_) return std::nullopt;
    auto span = static_cast<std::uint64_t>(end_ordinal_ - first_ordinal_);
    auto id = data_.layout(*source_).id_at(first_ordinal_ + static_cast<std::int64_t>(chance % span));
    row_key key{id, 0};
    if (table_.shape == table_shape::lines) {
      auto lines = data_.lines_of(data_.row_hash(*source_, {id, 0}));
      key.line = lines.at(static_cast<std::int64_t>(mix(chance) % static_cast<std::uint64_t>(lines.count)));
    }
    return data_.find_row(table_, key) ? std::optional(key) : std::nullopt;
  }

  /// A key that is free: an id in a gap, or a new line of a transaction.
  std::optional<row_key> gap(std::uint64_t chance) const {
    row_key key;
    if (table_.shape == table_shape::lines) {
      auto line = existing(chance);
      if (!line) return std::nullopt;
      key = {line->id, 100 + static_cast<std::int64_t>(mix(chance, 7) % 3000)};
    } else {
      if (last_id_ < first_id_) return std::nullopt;
      key = {first_id_
                 + static_cast<std::int64_t>(chance % static_cast<std::uint64_t>(last_id_ - first_id_ + 1)),
             0};
    }
    return data_.find_row(table_, key) ? std::nullopt : std::optional(key);
  }

private:
  const world& data_;
  const table& table_;
  const table* source_ = nullptr;
  std::int64_t first_id_ = 0;
  std::int64_t last_id_ = 0;
  std::int64_t first_ordinal_ = 0;
  std::int64_t end_ordinal_ = 0;
};

outcome<nlohmann::json> apply_bulk(world& data, const table& t, std::string_view op,
                                   const nlohmann::json& operation, std::int64_t now) {
  if (t.shape == table_shape::log) return refuse("deletedrecord is written by deletions alone");
  auto wanted = integer_member(operation, "rows");
  if (!wanted) return std::unexpected(wanted.error());
  auto values = values_of(t, operation);
  if (!values) return std::unexpected(values.error());
  chooser choice(data, t, integer_or(operation, "after", std::numeric_limits<std::int64_t>::min()),
                 integer_or(operation, "up_to", std::numeric_limits<std::int64_t>::max()));
  auto chance = mix(static_cast<std::uint64_t>(integer_or(operation, "seed", 1)), salt_of(op));
  std::map<row_key, bool> chosen;
  for (std::int64_t tries = *wanted * tries_per_row; tries > 0 && std::ssize(chosen) < *wanted; --tries) {
    chance = mix(chance);
    auto key = op == "bulk_insert" ? choice.gap(chance) : choice.existing(chance);
    if (!key || chosen.contains(*key)) continue;
    auto done = op == "bulk_insert"  ? data.insert(t, *key, *values, now)
                : op == "bulk_touch" ? data.update(t, *key, *values, now)
                                     : data.erase(t, *key, now);
    if (!done) return std::unexpected(done.error());
    chosen[*key] = true;
  }
  auto ids = nlohmann::json::array();
  for (const auto& [key, unused] : chosen) {
    if (t.key_columns().size() == 1)
      ids.push_back(key.id);
    else
      ids.push_back({key.id, key.line});
  }
  return nlohmann::json{{"applied", chosen.size()}, {"ids", ids}};
}

} // namespace

outcome<nlohmann::json> apply_operation(world& data, const nlohmann::json& operation, std::int64_t now) {
  if (!operation.is_object()) return refuse("an operation is a JSON object");
  auto op = operation.value("op", nlohmann::json()).is_string() ? operation["op"].get<std::string>()
                                                                : std::string();
  auto name = operation.value("table", nlohmann::json()).is_string() ? operation["table"].get<std::string>()
                                                                     : std::string();
  const auto* t = data.find_table(name);
  if (t == nullptr) return refuse(fmt::format("there is no table '{}'", name));
  if (op == "bulk_touch" || op == "bulk_insert" || op == "bulk_delete")
    return apply_bulk(data, *t, op, operation, now);
  if (op != "insert" && op != "update" && op != "delete")
    return refuse(
        fmt::format("'{}' is not one of insert, update, delete, bulk_touch, bulk_insert, bulk_delete", op));
  auto key = key_of(*t, operation);
  if (!key) return std::unexpected(key.error());
  auto values = values_of(*t, operation);
  if (!values) return std::unexpected(values.error());
  auto done = op == "insert"   ? data.insert(*t, *key, *values, now)
              : op == "update" ? data.update(*t, *key, *values, now)
                               : data.erase(*t, *key, now);
  if (!done) return std::unexpected(done.error());
  return nlohmann::json{{"applied", 1}, {"ids", {key->id}}};
}

void mutate_at_random(world& data, const table& t, std::uint64_t chance, std::int64_t now) {
  if (t.shape == table_shape::log) return;
  chooser choice(data, t, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
  auto what = chance % 10;
  auto key = what == 8 ? choice.gap(mix(chance)) : choice.existing(mix(chance));
  if (!key) return;
  // The key was checked a line above, so none of these refuses.
  if (what == 8)
    (void)data.insert(t, *key, {}, now);
  else if (what == 9)
    (void)data.erase(t, *key, now);
  else
    (void)data.update(t, *key, {}, now);
}

} // namespace tidemark::netsuite_sim
