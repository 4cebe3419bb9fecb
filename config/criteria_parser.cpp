#include "config/criteria.hpp"
#include "config/criteria_document.hpp"
#include "config/criteria_draft.hpp"
#include "config/criteria_overlay.hpp"
#include "config/dependency_graph.hpp"
#include "config/problems.hpp"
#include "config/text_file.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tidemark {

using nlohmann::json;

namespace {

constexpr std::size_t max_file_bytes = 4 << 20;

constexpr std::string_view field_type_names =
    "id, reference, text, integer, decimal, boolean, date, datetime or multi_select";

void read_field(const json& value, std::string path, record_type_draft& draft, problem_list& problems) {
  json_object in{value, std::move(path), problems};
  field result;
  result.name = in.text("name", "name the field");
  const auto type = in.text("type", fmt::format("say {}", field_type_names));
  const auto known_type = field_type_from_string(type);
  if (!type.empty() && !known_type)
    problems.at_path(in.path("type"),
                     fmt::format("{} is no field type; use {}", in_quotes(type), field_type_names));
  result.type = known_type.value_or(field_type::text);
  result.references = in.texts("to", true);
  result.weak = in.flag("weak");
  result.external = in.flag("external");
  const auto displayed = in.flag("display");
  result.column = in.text("column");
  if (result.column.empty()) result.column = result.name;
  in.refuse_unknown();
  draft.type.fields.push_back(std::move(result));
  draft.typed.push_back(known_type.has_value());
  draft.displayed.push_back(displayed);
}

std::optional<set_of> read_set(const json& value, std::string path, problem_list& problems) {
  json_object in{value, std::move(path), problems};
  set_of result;
  result.parent = in.text("parent", "name the record type that the rows belong to");
  result.column = in.text("column", "name the field that holds the parent's key");
  in.refuse_unknown();
  if (result.parent.empty() || result.column.empty()) return std::nullopt;
  return result;
}

std::optional<deleted_record_name> read_deleted_as(const json& value, std::string path,
                                                   problem_list& problems) {
  json_object in{value, path, problems};
  std::optional<deleted_record_name> result;
  for (std::string_view column : {"recordtypeid", "type", "scriptid"}) {
    const auto* given = in.find(column);
    if (given == nullptr) continue;
    auto is_number = column == "recordtypeid";
    if (is_number ? !given->is_number_integer() : !given->is_string() || given->get<std::string>().empty()) {
      problems.at_path(in.path(column), is_number ? "must be a whole number" : "must be a name in quotes");
      return std::nullopt;
    }
    if (result) {
      problems.at_path(path, "names the type twice; keep one of recordtypeid, type and scriptid");
      return std::nullopt;
    }
    result = deleted_record_name{std::string{column}, is_number ? std::to_string(given->get<std::int64_t>())
                                                                : given->get<std::string>()};
  }
  in.refuse_unknown();
  if (!result && value.is_object() && value.empty())
    problems.at_path(path, "is empty; give one of recordtypeid, type and scriptid");
  return result;
}

std::uint32_t read_guard(const json& value, const std::string& path, problem_list& problems) {
  if (value.is_number_integer())
    if (auto percent = value.get<std::int64_t>(); percent >= 0 && percent <= 100)
      return static_cast<std::uint32_t>(percent);
  problems.at_path(path, "must be a whole number of percent, 0 to 100; 100 switches the guard off");
  return record_type{}.deletion_guard;
}

/// One field of type id is the key as it is; anything else is a wide one.
void take_key(std::vector<std::string> names, const std::string& path, record_type_draft& draft,
              problem_list& problems) {
  auto& type = draft.type;
  if (std::ranges::find(names, std::string{}) != names.end())
    return problems.at_path(path, "is empty; name the field that identifies a record");
  if (names.size() == 1) {
    const auto* only = type.find_field(names.front());
    bool is_wide = only != nullptr && draft.typed[static_cast<std::size_t>(only - type.fields.data())]
                   && only->type != field_type::id;
    if (!is_wide) {
      type.key = std::move(names.front());
      return;
    }
  }
  type.wide_key = std::move(names);
}

record_type_draft read_record_type(const json& value, std::size_t index, problem_list& problems) {
  json_object in{value, path_of(index), problems};
  record_type_draft result;
  auto& type = result.type;
  type.name = in.text("name", "name the record type");
  if (in.find("group") != nullptr) {
    type.is_group = true;
    type.depends_on = in.texts("group", false);
    if (type.depends_on.empty()) problems.at_path(in.path("group"), "is empty; list the record types in it");
    in.refuse_unknown();
    return result;
  }
  type.table = in.text("table");
  if (type.table.empty()) type.table = type.name;
  type.filter = in.text("filter");
  auto key = in.texts("key", true);
  if (in.find("key") == nullptr)
    problems.at_path(in.path("key"), "is missing; name the field that identifies a record");
  if (const auto* set = in.find("set_of")) type.set = read_set(*set, in.path("set_of"), problems);
  type.change_column = in.text("change_column");
  if (const auto* name = in.find("deleted_as"))
    type.deleted_as = read_deleted_as(*name, in.path("deleted_as"), problems);
  if (const auto* percent = in.find("deletion_guard"))
    type.deletion_guard = read_guard(*percent, in.path("deletion_guard"), problems);
  if (const auto* strict = in.find("strict")) {
    if (strict->is_boolean())
      type.strict = strict->get<bool>();
    else
      problems.at_path(in.path("strict"), "must be true or false");
  }
  type.depends_on = in.texts("depends_on", false);
  if (const auto* fields = in.array("fields", "list the columns to read")) {
    for (std::size_t i = 0; i < fields->size(); ++i)
      read_field((*fields)[i], path_of(index, i), result, problems);
    if (fields->empty()) problems.at_path(in.path("fields"), "is empty; list at least the key");
  }
  take_key(std::move(key), in.path("key"), result, problems);
  in.refuse_unknown();
  return result;
}

std::vector<record_type_draft> read_document(const json& root, problem_list& problems) {
  json_object in{root, "$", problems};
  const auto* version = in.find("version");
  if (root.is_object() && (version == nullptr || *version != 1))
    problems.at_path("$.version", "must be 1, the only version of the format that this program reads");
  std::vector<record_type_draft> result;
  if (const auto* types = in.array("record_types", "list the record types")) {
    for (std::size_t i = 0; i < types->size(); ++i)
      result.push_back(read_record_type((*types)[i], i, problems));
    if (types->empty()) problems.at_path("$.record_types", "is empty; describe at least one record type");
  }
  in.refuse_unknown();
  return result;
}

/// The record type as it is read: behind each field whose display name is wanted stands a field for that.
record_type read_as(const record_type_draft& draft) {
  auto type = draft.type;
  type.depends_on = dependencies(draft.type);
  type.fields.clear();
  for (std::size_t i = 0; i < draft.type.fields.size(); ++i) {
    const auto& each = draft.type.fields[i];
    type.fields.push_back(each);
    if (!draft.displayed[i]) continue;
    field shown;
    shown.name = fmt::format("{}{}", each.name, display_suffix);
    shown.column = fmt::format("builtin.df({})", each.column);
    shown.display_of = each.column;
    type.fields.push_back(std::move(shown));
  }
  return type;
}

outcome<criteria> check_document(const json& root, problem_list& problems) {
  const auto drafts = read_document(root, problems);
  check_rules(drafts, problems);
  if (!problems.empty()) return std::unexpected(problems.to_failure());
  std::vector<record_type> types;
  types.reserve(drafts.size());
  for (const auto& draft : drafts) types.push_back(read_as(draft));
  return criteria{std::move(types)};
}

outcome<criteria> ordered(outcome<criteria> types, const std::string& file) {
  if (!types) return types;
  if (auto order = check_order(*types); !order)
    return fail(ec::bad_config, fmt::format("{}: {}", file, order.error().message), file);
  return types;
}

} // namespace

outcome<criteria> parse_criteria(std::string_view text, std::string_view file_name) {
  problem_list problems{std::string{file_name}};
  const auto root = read_json(text, problems);
  if (!root) return std::unexpected(problems.to_failure());
  return check_document(*root, problems);
}

outcome<criteria> parse_criteria(std::string_view text, std::string_view file_name, std::string_view overlay,
                                 std::string_view overlay_name) {
  problem_list base_problems{std::string{file_name}};
  auto root = read_json(text, base_problems);
  if (!root || !base_problems.empty()) return std::unexpected(base_problems.to_failure());
  problem_list overlay_problems{std::string{overlay_name}};
  const auto over = read_json(overlay, overlay_problems);
  if (!over || !overlay_problems.empty()) return std::unexpected(overlay_problems.to_failure());
  if (!lay_over(*root, *over, overlay_problems)) return std::unexpected(overlay_problems.to_failure());
  // The places in what comes now are those of both files together.
  problem_list problems{fmt::format("{} with {}", file_name, overlay_name)};
  problems.look_into(root->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), false);
  return check_document(*root, problems);
}

outcome<criteria> load_criteria(const std::filesystem::path& file) {
  auto content = read_text_file(file, max_file_bytes);
  if (!content) return std::unexpected(std::move(content).error());
  return ordered(parse_criteria(content->text, file.string()), file.string());
}

outcome<criteria> load_criteria(const std::filesystem::path& file, const std::filesystem::path& overlay) {
  auto content = read_text_file(file, max_file_bytes);
  if (!content) return std::unexpected(std::move(content).error());
  auto over = read_text_file(overlay, max_file_bytes);
  if (!over) return std::unexpected(std::move(over).error());
  return ordered(parse_criteria(content->text, file.string(), over->text, overlay.string()),
                 fmt::format("{} with {}", file.string(), overlay.string()));
}

} // namespace tidemark
