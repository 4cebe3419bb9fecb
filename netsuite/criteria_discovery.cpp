#include "netsuite/criteria_discovery.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/criteria_writer.hpp"
#include "messages/ascii.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

constexpr std::uint32_t page_rows = 1000;
constexpr std::uint32_t most_rows = 100'000; // that paging reaches: contract, section 1.4
constexpr std::size_t columns_per_query = 90;
constexpr std::uint32_t most_refused_columns = 20; // of one table, a question each
constexpr std::uint32_t most_discovery_repeats = 2;
constexpr std::uint32_t most_discovery_refusals = 20; // the pool waits between them
constexpr std::uint32_t sample_rows = 50;

// Tables that stand for several record types of the catalogue.
constexpr std::array<std::string_view, 24> transaction_kinds{
    "salesorder",        "invoice",        "cashsale",      "creditmemo",          "customerpayment",
    "customerdeposit",   "customerrefund", "estimate",      "returnauthorization", "purchaseorder",
    "vendorbill",        "vendorcredit",   "vendorpayment", "itemfulfillment",     "itemreceipt",
    "journalentry",      "check",          "deposit",       "expensereport",       "inventoryadjustment",
    "inventorytransfer", "transferorder",  "workorder",     "opportunity"};
constexpr std::array<std::string_view, 12> item_kinds{
    "inventoryitem",   "noninventorysaleitem",     "noninventorypurchaseitem", "noninventoryresaleitem",
    "servicesaleitem", "servicepurchaseitem",      "serviceresaleitem",        "assemblyitem",
    "kititem",         "lotnumberedinventoryitem", "serializedinventoryitem",  "otherchargesaleitem"};

bool is_custom_table(std::string_view table) {
  return table.starts_with("customrecord") || table.starts_with("customlist");
}

bool is_transaction_table(std::string_view table) {
  return table == "transaction" || table == "transactionline";
}

/// Where the field's place says which tables have it, by the beginning of its script id.
bool goes_with(std::string_view script_id, std::string_view table) {
  constexpr std::array<std::string_view, 6> entities{"customer", "vendor", "employee",
                                                     "contact",  "job",    "partner"};
  constexpr std::array<std::string_view, 4> events{"projecttask", "supportcase", "task", "calendarevent"};
  if (script_id.starts_with("custentity")) return std::ranges::find(entities, table) != entities.end();
  if (script_id.starts_with("custbody")) return table == "transaction";
  if (script_id.starts_with("custcol")) return table == "transactionline";
  if (script_id.starts_with("custitem")) return table == "item";
  // Segments stand where somebody has put them: a query tells.
  if (script_id.starts_with("cseg"))
    return is_transaction_table(table) || table == "item"
           || std::ranges::find(entities, table) != entities.end();
  if (script_id.starts_with("custevent")) return std::ranges::find(events, table) != events.end();
  return false;
}

/// "Free-Form Text" and FREE_FORM_TEXT alike: letters alone, lower-case.
std::string letters_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::isalpha(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// What `customfield.fieldvaluetype` says, in the words of the user interface or of SuiteScript. Whatever is
/// not known is kept as the text that it arrives as.
field_type type_of(std::string_view value_type) {
  const auto word = letters_of(value_type);
  if (word == "checkbox") return field_type::boolean;
  if (word == "integernumber" || word == "integer") return field_type::integer;
  if (word == "decimalnumber" || word == "float" || word == "currency" || word == "percent")
    return field_type::decimal;
  if (word == "date") return field_type::date;
  if (word == "datetime" || word == "datetimetz") return field_type::datetime;
  if (word == "listrecord" || word == "select") return field_type::reference;
  if (word == "multipleselect" || word == "multiselect") return field_type::multi_select;
  return field_type::text;
}

bool are_the_same(field_type a, field_type b) {
  const auto is_number = [](field_type x) {
    return x == field_type::integer || x == field_type::id || x == field_type::reference;
  };
  return a == b || (is_number(a) && is_number(b));
}

std::optional<std::int64_t> number_in(const small_row& row, std::string_view name) {
  return row.integer(name).value_or(std::nullopt);
}

std::string lower(const std::string* text) { return text == nullptr ? std::string{} : lower_case(*text); }

} // namespace

criteria_discovery::criteria_discovery(std::string tenant, std::string base_url,
                                       const std::vector<std::string>& wanted,
                                       std::shared_ptr<const criteria> types, std::set<std::string> imported)
    : tenant_(std::move(tenant)),
      base_url_(std::move(base_url)),
      types_(std::move(types)),
      queue_{{topic::catalogue}, {topic::custom_types}, {topic::custom_lists}, {topic::custom_fields}},
      imported_(std::move(imported)) {
  for (const auto& name : wanted) want(name);
}

bool criteria_discovery::may_be_wanted(const std::string& name, const criteria& types) {
  return types.find(name) != nullptr || is_custom_table(name)
         || std::ranges::any_of(types.record_types(),
                                [&](auto& x) { return !x.is_group && x.table == name; });
}

/// A group stands for its members.
void criteria_discovery::want(const std::string& name) {
  const auto* type = types_->find(name);
  if (type == nullptr || !type->is_group) {
    wanted_.insert(name);
    return;
  }
  for (const auto& member : type->depends_on) want(member);
}

// -- what to ask
// ---------------------------------------------------------------------------------------------

std::optional<http_request> criteria_discovery::next() {
  while (!open_) {
    if (over_) return std::nullopt;
    if (queue_.empty()) {
      if (std::exchange(planned_, true)) return std::nullopt;
      plan_tables();
      continue;
    }
    auto asked = std::move(queue_.front());
    queue_.pop_front();
    if (asked.about == topic::query && asked.fields.empty()) {
      settle(asked.table);
      continue;
    }
    open_ = std::move(asked);
    repeats_ = 0;
  }
  ++requests_;
  return request_for(*open_);
}

http_request criteria_discovery::request_for(const question& what) const {
  switch (what.about) {
  case topic::catalogue: return make_catalogue_request(base_url_);
  case topic::custom_types:
    return make_query_request(base_url_, "SELECT t.internalid, t.scriptid FROM customrecordtype t");
  case topic::custom_lists:
    return make_query_request(base_url_, "SELECT t.internalid, t.scriptid FROM customlist t");
  case topic::custom_fields:
    return make_query_request(base_url_,
                              "SELECT t.internalid, t.scriptid, t.fieldvaluetype, t.fieldvaluetyperecord, "
                              "t.recordtype FROM customfield t ORDER BY t.internalid ASC",
                              page_rows, what.offset);
  case topic::schema: return make_schema_request(base_url_, what.name);
  case topic::rows:
    return make_query_request(
        base_url_, fmt::format("SELECT * FROM {} WHERE ROWNUM <= {}", what.table, sample_rows), page_rows);
  case topic::query: break;
  }
  projection columns;
  columns.table = what.table;
  for (const auto& x : what.fields) {
    field plain; // as it is: whether there is such a column is all that is asked
    plain.name = plain.column = x.name;
    columns.fields.push_back(std::move(plain));
  }
  return make_query_request(base_url_, sample_query(columns), 1);
}

bool criteria_discovery::is_wanted(const std::string& table) const {
  if (wanted_.empty() || wanted_.contains(table)) return true;
  return std::ranges::any_of(types_->record_types(),
                             [&](auto& x) { return x.table == table && wanted_.contains(x.name); });
}

void criteria_discovery::plan_tables() {
  for (const auto& type : types_->record_types())
    if (!type.is_group && is_wanted(type.table)) tables_[type.table].described = true;
  std::set<std::string> own;
  for (const auto& [number, name] : custom_types_) own.insert(name);
  if (catalogue_)
    for (const auto& name : *catalogue_)
      if (is_custom_table(name)) own.insert(name);
  for (const auto& name : own)
    if (is_wanted(name) && may_be_table(name)) tables_.try_emplace(name);
  for (const auto& name : wanted_)
    if (!tables_.contains(name) && types_->find(name) == nullptr) unknown_.push_back(name);
  for (const auto& [table, facts] : tables_) plan_table(table);
}

std::set<std::string> criteria_discovery::catalogue_names(const std::string& table) const {
  std::set<std::string> out;
  if (!catalogue_) return out;
  const auto add = [&](std::string_view name) {
    if (catalogue_->contains(std::string{name})) out.emplace(name);
  };
  add(table);
  if (!out.empty()) return out;
  if (is_transaction_table(table)) std::ranges::for_each(transaction_kinds, add);
  if (table == "item") std::ranges::for_each(item_kinds, add);
  return out;
}

void criteria_discovery::plan_table(const std::string& table) {
  const auto names = catalogue_names(table);
  // Tables of many record types have all their custom fields; they need not be put together from schemas.
  const bool by_list = has_custom_fields_ && (is_transaction_table(table) || table == "item");
  if (!by_list)
    for (const auto& name : names) queue_.push_back({.about = topic::schema, .table = table, .name = name});
  queue_.push_back({.about = topic::query, .table = table});
}

/// Everything that tells the table's fields has been asked: now they are tried.
void criteria_discovery::settle(const std::string& table) {
  auto& facts = tables_[table];
  if (has_custom_fields_) add_custom_fields(table, facts);
  if (!facts.is_known && !facts.by_rows) {
    facts.by_rows = true;
    queue_.push_front({.about = topic::query, .table = table});
    queue_.push_front({.about = topic::rows, .table = table});
    return;
  }
  auto columns = described_columns(table);
  for (const auto& [name, what] : facts.fields) columns.insert(name);
  if (!facts.described) columns.insert({"id", "name", "isinactive", "lastmodified"});
  if (columns.empty()) columns = known_columns(table);
  std::vector<question> questions;
  for (const auto& name : columns) {
    if (!may_be_field(name)) continue; // it could not be kept, and would spoil the question for the others
    if (questions.empty() || questions.back().fields.size() >= columns_per_query)
      questions.push_back({.about = topic::query, .table = table});
    catalogue_field column;
    column.name = name;
    questions.back().fields.push_back(std::move(column));
  }
  queue_.insert(queue_.begin(), questions.begin(), questions.end());
}

/// Of all record types of the table, those that the account has added.
std::set<std::string> criteria_discovery::described_columns(const std::string& table) const {
  std::set<std::string> out;
  for (const auto& type : types_->record_types())
    if (type.table == table)
      for (const auto& x : type.fields)
        if (is_custom_name(x.column)) out.insert(x.column);
  return out;
}

/// Of a table that was imported before, one column that it had: whether it is there has to be asked, too.
std::set<std::string> criteria_discovery::known_columns(const std::string& table) const {
  for (const auto& type : types_->record_types())
    if (type.table == table && imported_.contains(type.name) && !type.fields.empty())
      return {type.fields.front().column};
  return {};
}

// -- what was answered
// ---------------------------------------------------------------------------------------

bool criteria_discovery::again(const http_response&, const failure& what, unix_ms) noexcept {
  if (!open_ || over_) return false;
  ++repeats_;
  if (what.code == ec::refused) return repeats_ <= most_discovery_refusals;
  const bool may_pass = what.code == ec::server || what.code == ec::timeout || what.code == ec::transport
                        || what.code == ec::connection_lost;
  return may_pass && repeats_ <= most_discovery_repeats;
}

void criteria_discovery::answered(const http_response& response, const failure& what, unix_ms) {
  if (!open_ || over_) return;
  const auto asked = *std::exchange(open_, std::nullopt);
  if (what.code == ec::authentication) return give_up(what.message);
  switch (asked.about) {
  case topic::catalogue: return read_catalogue(response, what);
  case topic::custom_types: return read_custom_types(response, what, "customrecordtype");
  case topic::custom_lists: return read_custom_types(response, what, "customlist");
  case topic::custom_fields: return read_custom_fields(asked, response, what);
  case topic::schema: return read_schema(asked, response, what);
  case topic::rows: return read_rows(asked, response, what);
  case topic::query: return read_query(asked, response, what);
  }
}

void criteria_discovery::give_up(const std::string& why) {
  over_ = true;
  open_.reset();
  not_tried_.push_back(fmt::format("it was given up before its end, and what is here is not all: {}", why));
}

void criteria_discovery::read_catalogue(const http_response& response, const failure& what) {
  auto names = what.code == ec::none ? parse_catalogue(*response.body)
                                     : outcome<std::vector<std::string>>{std::unexpected(what)};
  if (!names)
    return remark(fmt::format("the metadata catalogue cannot be read, so fields are found out by queries: {}",
                              names.error().message));
  catalogue_.emplace(names->begin(), names->end());
}

void criteria_discovery::read_custom_types(const http_response& response, const failure& what,
                                           const std::string& table) {
  const auto page =
      what.code == ec::none ? decode_rows(*response.body) : outcome<small_page>{std::unexpected(what)};
  if (!page)
    return remark(
        fmt::format("{} cannot be queried, so what fields point at is known by the catalogue alone: {}",
                    table, page.error().message));
  if (page->has_more) remark(fmt::format("{} has more than {} rows, the first were read", table, page_rows));
  for (const auto& row : page->rows) {
    const auto number = number_in(row, "internalid");
    const auto name = lower(row.text("scriptid"));
    if (number && is_custom_table(name)) custom_types_.emplace(*number, name);
  }
}

void criteria_discovery::read_custom_fields(const question& asked, const http_response& response,
                                            const failure& what) {
  const auto page =
      what.code == ec::none ? decode_rows(*response.body) : outcome<small_page>{std::unexpected(what)};
  if (!page) {
    has_custom_fields_ = false;
    return remark(fmt::format("customfield cannot be queried, so fields are known by the catalogue alone: {}",
                              page.error().message));
  }
  for (const auto& row : page->rows) {
    const auto* value_type = row.text("fieldvaluetype");
    custom_fields_.push_back({lower(row.text("scriptid")), value_type == nullptr ? "" : *value_type,
                              number_in(row, "fieldvaluetyperecord"), number_in(row, "recordtype")});
  }
  has_custom_fields_ = !custom_fields_.empty();
  if (page->has_more && !page->rows.empty() && asked.offset + page_rows < most_rows)
    queue_.push_front({.about = topic::custom_fields, .offset = asked.offset + page_rows});
}

void criteria_discovery::read_schema(const question& asked, const http_response& response,
                                     const failure& what) {
  const auto found = what.code == ec::none ? parse_schema(*response.body)
                                           : outcome<std::vector<catalogue_field>>{std::unexpected(what)};
  if (!found)
    return remark(
        fmt::format("the catalogue does not tell the fields of {}: {}", asked.name, found.error().message));
  auto& facts = tables_[asked.table];
  facts.is_known = true;
  for (const auto& x : *found)
    if (x.is_custom && x.of_lines == (asked.table == "transactionline")) facts.fields.emplace(x.name, x);
}

void criteria_discovery::read_rows(const question& asked, const http_response& response,
                                   const failure& what) {
  auto& facts = tables_[asked.table];
  facts.is_known = true; // nothing else is left to ask
  if (what.code == ec::missing_table) {
    facts.how = state::lost;
    return;
  }
  const auto page =
      what.code == ec::none ? decode_rows(*response.body) : outcome<small_page>{std::unexpected(what)};
  if (!page) {
    not_tried_.push_back(
        fmt::format("the columns of {} cannot be found out: {}", asked.table, page.error().message));
    return;
  }
  std::map<std::string, bool> is_switch;
  for (const auto& row : page->rows)
    for (const auto& [name, value] : row.values()) {
      if (!is_custom_name(name)) continue;
      auto& so_far = is_switch.try_emplace(name, true).first->second;
      so_far = so_far && (value == "T" || value == "F");
    }
  for (const auto& [name, all] : is_switch) {
    catalogue_field found;
    found.name = name;
    found.type = all ? field_type::boolean : field_type::text;
    found.is_custom = true;
    facts.fields.emplace(name, found);
  }
  // Where the tables of customisations are known, this is only to be sure.
  if (facts.fields.empty() && has_custom_fields_) return;
  remark(fmt::format("{} is known by {} of its records alone: fields that are empty in all of them are not "
                     "seen, and types are not known: what is not T or F is kept as text",
                     asked.table, page->rows.size()));
}

void criteria_discovery::read_query(const question& asked, const http_response&, const failure& what) {
  auto& facts = tables_[asked.table];
  const auto not_tried = [&](const std::string& why) {
    not_tried_.push_back(asked.fields.empty()
                             ? fmt::format("{} could not be asked: {}", asked.table, why)
                             : fmt::format("{}: {} of its columns could not be tried and are left out: {}",
                                           asked.table, asked.fields.size(), why));
  };
  switch (what.code) {
  case ec::none:
    facts.how = state::there;
    for (const auto& x : asked.fields) facts.confirmed.insert(x.name);
    return;
  case ec::missing_table: facts.how = state::lost; return;
  case ec::unknown_column: {
    facts.how = state::there;
    auto rest = asked;
    if (std::erase_if(rest.fields, [&](auto& x) { return x.name == what.subject; }) == 0)
      return not_tried(what.message);
    facts.refused.insert(what.subject);
    if (rest.fields.empty()) return;
    if (++facts.repeats > most_refused_columns) return not_tried("too many others are unknown to queries");
    queue_.push_front(std::move(rest));
    return;
  }
  default: return not_tried(what.message);
  }
}

// -- custom fields by their own table
// -------------------------------------------------------------------------

bool criteria_discovery::is_on(const custom_field& what, const std::string& table) const {
  if (goes_with(what.script_id, table)) return true;
  if (!what.owner || !what.script_id.starts_with("custrecord")) return false;
  const auto owner = custom_types_.find(*what.owner);
  return owner != custom_types_.end() && owner->second == table;
}

/// Adds what a catalogue has not told, and completes what it has: what a field points at.
void criteria_discovery::add_custom_fields(const std::string& table, table_facts& to) const {
  // A schema knows which of them the record type has.
  const bool adds = !to.is_known;
  for (const auto& x : custom_fields_) {
    const auto known = to.fields.find(x.script_id);
    if (known != to.fields.end() && known->second.target.empty()) known->second.target = target_of(x);
    if (known == to.fields.end() && adds && is_on(x, table)) to.fields.emplace(x.script_id, as_field(x));
  }
  to.is_known = to.is_known || !to.fields.empty() || is_custom_table(table) || is_transaction_table(table)
                || table == "item";
}

catalogue_field criteria_discovery::as_field(const custom_field& what) const {
  catalogue_field out;
  out.name = what.script_id;
  out.type = type_of(what.value_type);
  out.is_custom = true;
  if (out.type == field_type::reference || out.type == field_type::multi_select) out.target = target_of(what);
  return out;
}

/// Custom records and lists by their own number, others by the one that the log of deletions has, too.
std::string criteria_discovery::target_of(const custom_field& what) const {
  if (!what.points_at) return {};
  if (const auto found = custom_types_.find(*what.points_at); found != custom_types_.end())
    return found->second;
  const auto number = std::to_string(*what.points_at);
  for (const auto& type : types_->record_types())
    if (type.deleted_as && type.deleted_as->column == "recordtypeid" && type.deleted_as->value == number)
      return type.name;
  return {};
}

/// The values of a segment are custom records: "cseg_region" points at "customrecord_cseg_region".
std::string criteria_discovery::segment_target(const std::string& name) const {
  const auto at = name.find("cseg");
  if (at == std::string::npos) return {};
  auto target = "customrecord_" + name.substr(at);
  return tables_.contains(target) || (catalogue_ && catalogue_->contains(target)) ? target : std::string{};
}

// -- what came of it
// ------------------------------------------------------------------------------------------

std::optional<field> criteria_discovery::field_for(const catalogue_field& what) const {
  if (!may_be_field(what.name)) return std::nullopt;
  field out;
  out.name = out.column = what.name;
  out.type = what.type;
  auto target = what.target.empty() ? segment_target(what.name) : what.target;
  if (std::ranges::find(transaction_kinds, target) != transaction_kinds.end()
      && types_->find(target) == nullptr)
    target = "transaction";
  if (std::ranges::find(item_kinds, target) != item_kinds.end() && types_->find(target) == nullptr)
    target = "item";
  const bool points = out.type == field_type::reference || out.type == field_type::multi_select;
  if (points && may_be_table(target)) {
    out.references = {target};
    const auto own = tables_.find(target);
    const bool becomes_known = own != tables_.end() && !own->second.described
                               && own->second.how == state::there && own->second.confirmed.contains("id");
    // It comes first only if somebody says so: whoever adds a field asks for no other record type with it.
    out.weak = types_->find(target) != nullptr || becomes_known;
    out.external = !out.weak;
  } else if (out.type == field_type::reference) {
    out.type = field_type::integer;
  }
  return out;
}

std::string criteria_discovery::about(const catalogue_field& what) const {
  const auto as = field_for(what);
  if (!as) return std::string{to_string(what.type)};
  if (as->references.empty()) return std::string{to_string(as->type)};
  return fmt::format("{} to {}", to_string(as->type), as->references.front());
}

void criteria_discovery::tell_described(const record_type& type, discovery& out,
                                        std::vector<record_type>& overlay) const {
  const auto found = tables_.find(type.table);
  if (found == tables_.end()) return;
  const auto& facts = found->second;
  // One that nobody has added, and that was never there, is off, which is no news: `tenant check` says what
  // stands behind it.
  if (facts.how == state::lost && !is_custom_table(type.table) && !imported_.contains(type.name)) {
    out.remarks.push_back(
        fmt::format("{} is not to be seen: its feature is off, or the role may not", type.name));
    return;
  }
  if (facts.how == state::lost) {
    out.lost.push_back({type.name, {}, "the account does not have it any more, or the role does not see it"});
    return;
  }
  record_type more;
  more.name = type.name;
  std::vector<std::string> too_many;
  for (const auto& [column, what] : facts.fields) {
    const auto known = std::ranges::find(type.fields, column, &field::column);
    if (known != type.fields.end()) {
      if (!facts.by_rows && facts.confirmed.contains(column) && !are_the_same(known->type, what.type))
        out.changed.push_back(
            {type.name, known->name,
             fmt::format("described as {}, and is {}", to_string(known->type), about(what))});
      continue;
    }
    auto added = facts.confirmed.contains(column) ? field_for(what) : std::nullopt;
    if (!added || type.find_field(added->name) != nullptr) continue;
    out.gained.push_back({type.name, column, about(what)});
    if (type.fields.size() + more.fields.size() < max_columns)
      more.fields.push_back(std::move(*added));
    else
      too_many.push_back(column);
  }
  for (const auto& x : type.fields)
    if (is_custom_name(x.column) && facts.refused.contains(x.column))
      out.lost.push_back({type.name, x.name, "queries do not know it any more"});
  if (!too_many.empty())
    out.remarks.push_back(
        fmt::format("{} would have more than {} columns, for which NetSuite may answer nothing; left out: {}",
                    type.name, max_columns, fmt::join(too_many, ", ")));
  if (!more.fields.empty()) overlay.push_back(std::move(more));
}

void criteria_discovery::tell_new(const std::string& table, const table_facts& facts, discovery& out,
                                  std::vector<record_type>& overlay) const {
  if (facts.how != state::there || !facts.confirmed.contains("id")) {
    out.remarks.push_back(fmt::format("{} cannot be queried, and is left out", table));
    return;
  }
  record_type added;
  added.name = added.table = table;
  added.key = "id";
  const auto standard = [&](const char* name, field_type type) {
    if (facts.confirmed.contains(name) && !facts.fields.contains(name))
      added.fields.push_back({.name = name, .type = type, .references = {}, .column = name});
  };
  standard("id", field_type::id);
  standard("name", field_type::text);
  standard("isinactive", field_type::boolean);
  standard("lastmodified", field_type::datetime);
  if (facts.confirmed.contains("lastmodified")) added.change_column = "lastmodified";
  // Entries about custom records have their script id (contract, section 6); lists have none that is known.
  if (table.starts_with("customrecord")) added.deleted_as = deleted_record_name{"scriptid", table};
  out.gained.push_back({table, {}, table.starts_with("customlist") ? "a custom list" : "a custom record"});
  for (const auto& [column, what] : facts.fields) {
    auto more = facts.confirmed.contains(column) ? field_for(what) : std::nullopt;
    if (!more || added.fields.size() >= max_columns) continue;
    out.gained.push_back({table, column, about(what)});
    added.fields.push_back(std::move(*more));
  }
  overlay.push_back(std::move(added));
}

void criteria_discovery::remark(std::string text) { remarks_.push_back(std::move(text)); }

discovery criteria_discovery::report() const {
  discovery out;
  out.tenant = tenant_;
  out.requests = requests_;
  out.remarks = remarks_;
  out.not_tried = not_tried_;
  out.unknown = unknown_;
  std::vector<record_type> overlay;
  for (const auto& type : types_->record_types())
    if (wanted_.empty() || wanted_.contains(type.name) || wanted_.contains(type.table))
      tell_described(type, out, overlay);
  for (const auto& [table, facts] : tables_) {
    // What was not tried in time is not known to be there or away.
    if (!facts.described && !over_) tell_new(table, facts, out, overlay);
    std::vector<std::string> unknown;
    for (const auto& column : facts.refused)
      if (facts.fields.contains(column)) unknown.push_back(column);
    if (!unknown.empty())
      out.remarks.push_back(fmt::format("{}: the account names {}, which queries do not know", table,
                                        fmt::join(unknown, ", ")));
  }
  out.overlay = write_criteria(overlay);
  return out;
}

} // namespace tidemark
