#include "tools/netsuite_sim/suiteql.hpp"

#include "tools/netsuite_sim/dialect.hpp"
#include "tools/netsuite_sim/fast_query.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace tidemark::netsuite_sim {

namespace {

constexpr std::int64_t max_limit = 1000;
constexpr std::int64_t max_pages = 1000;

std::optional<std::int64_t> to_number(const std::string& text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

} // namespace

std::expected<suiteql_request, error_reply> parse_suiteql_body(std::string_view body) {
  auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("q") || !json["q"].is_string())
    return std::unexpected(
        invalid_content("Invalid content in the request body. Provide a JSON object with the query as 'q'."));
  suiteql_request result{.query = json["q"].get<std::string>()};
  if (json.contains("params")) {
    if (!json["params"].is_array())
      return std::unexpected(invalid_content("Invalid 'params' in the request body."));
    for (const auto& value : json["params"])
      result.parameters.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return result;
}

suiteql::suiteql(const world& data, const knobs& settings, std::function<std::int64_t()> now)
    : data_(data),
      knobs_(settings),
      session_{data, zone(settings.time_zone), settings.date_format, std::move(now)} {
  reload();
}

void suiteql::reload() {
  database_.reset();
  session_.account_zone = zone(knobs_.time_zone);
  session_.date_format = knobs_.date_format;
  session_.floating_numbers = knobs_.floating_numbers;
  schema_ = std::make_unique<schema>(data_, knobs_);
  database_ = std::make_unique<database>(data_, *schema_, session_);
  cache_.clear();
  counts_ = {};
}

std::string suiteql::first_table(std::string_view query) {
  auto tokens = tokenize(query);
  if (!tokens) return {};
  for (std::size_t i = 0; i + 1 < tokens->size(); ++i)
    if ((*tokens)[i].is("FROM") && (*tokens)[i + 1].kind == token_kind::word)
      return to_lower((*tokens)[i + 1].text);
  return {};
}

std::expected<suiteql::paging, error_reply> suiteql::check_paging(const suiteql_request& request) const {
  paging result;
  if (request.limit) {
    auto limit = to_number(*request.limit);
    if (!limit || *limit < 1 || *limit > max_limit)
      return std::unexpected(invalid_parameter(
          "limit",
          fmt::format("Invalid value '{}' for the limit query parameter. Provide a number from 1 to {}.",
                      *request.limit, max_limit)));
    result.limit = *limit;
  }
  if (request.offset) {
    auto offset = to_number(*request.offset);
    if (!offset || *offset < 0 || *offset % result.limit != 0)
      return std::unexpected(invalid_parameter(
          "offset",
          fmt::format(
              "Invalid value '{}' for the offset query parameter. The offset must be divisible by the limit.",
              *request.offset)));
    result.offset = *offset;
  }
  return result;
}

std::expected<std::shared_ptr<const rendered>, error_reply> suiteql::answer(const suiteql_request& request) {
  auto page = check_paging(request);
  if (!page) return std::unexpected(page.error());
  auto key = fmt::format("{}\n{}\n{}\n{}", page->limit, page->offset, request.base_url, request.query);
  for (const auto& parameter : request.parameters) key += fmt::format("\n{}:{}", parameter.size(), parameter);
  const bool may_stray = strays_ < knobs_.stray_empty_pages;
  if (auto cached = may_stray ? nullptr : cache_.find(key, [&](const table& t) { return data_.version(t); }))
    return cached;
  auto repeatable = true;
  auto computed = compute(request, *page, repeatable);
  if (computed && repeatable && knobs_.cache_mb > 0)
    cache_.insert(std::move(key), *computed, static_cast<std::size_t>(knobs_.cache_mb) << 20);
  return computed;
}

std::expected<std::shared_ptr<const rendered>, error_reply>
suiteql::compute(const suiteql_request& request, const paging& page, bool& repeatable) {
  auto tokens = tokenize(request.query);
  if (!tokens) return std::unexpected(search_error("Invalid or unsupported search"));
  auto translated = translate(*tokens, *schema_,
                              {knobs_.window_functions, knobs_.case_expressions, knobs_.builtin_df,
                               knobs_.functions_off, knobs_.length_in_bytes, knobs_.decimals_as});
  if (!translated) return std::unexpected(refuse(translated.error(), {}));
  auto result = std::make_shared<rendered>();
  for (const auto* t : translated->tables) result->versions.emplace_back(t, data_.version(*t));
  if (!translated->tables.empty()) result->main_table = translated->tables.front()->name;
  auto numbers = std::ranges::any_of(*tokens, [](const token& t) { return t.is("OVER"); });
  if (numbers && knobs_.most_numberings > 0 && numberings_[result->main_table]++ >= knobs_.most_numberings)
    return std::unexpected(search_error("Invalid or unsupported search"));

  auto cap = std::min(knobs_.row_cap, page.limit * max_pages);
  auto is_beyond_cap = page.offset + page.limit > cap;
  if (is_beyond_cap && knobs_.beyond_cap == "not_found")
    return std::unexpected(not_found("Record does not exist."));
  if (is_beyond_cap && knobs_.beyond_cap == "error")
    return std::unexpected(invalid_parameter(
        "offset",
        fmt::format("Invalid value '{}' for the offset query parameter. At most {} rows can be reached.",
                    page.offset, cap)));

  page_request wanted{page.limit, page.offset, 0, knobs_.empty_above_100_columns};
  if (is_beyond_cap) wanted.limit = 0;
  if (knobs_.most_rows > 0) wanted.limit = std::min(wanted.limit, knobs_.most_rows);
  if (!translated->ordered && knobs_.unstable_order && page.offset > 0) {
    wanted.slip = static_cast<std::int64_t>(mix(++chance_) % 11) - 5;
    repeatable = false;
  }
  if (translated->sql.find("sim_now") != std::string::npos) repeatable = false;

  auto is_odd = data_.has_odd_log() && std::ranges::any_of(translated->tables, [](const table* t) {
                  return t->shape == table_shape::log;
                });
  auto shortcut = engine_only_ || is_odd || knobs_.floating_numbers || !request.parameters.empty()
                      ? std::nullopt
                      : recognise(*tokens, *schema_, session_);
  auto rows = shortcut ? run(*shortcut, data_, wanted, counts_)
                       : database_->run(translated->sql, request.parameters, wanted);
  if (!rows) return std::unexpected(refuse(rows.error(), translated->identifiers));
  if (knobs_.order_needs_way && !translated->directed) *rows = {};
  if (page.offset > 0 && page.offset >= rows->total && knobs_.beyond_data == "not_found")
    return std::unexpected(not_found("Record does not exist."));
  constexpr std::int64_t most_of_a_page = 500;
  if (strays_ < knobs_.stray_empty_pages && rows->count >= most_of_a_page
      && result->main_table == knobs_.stray_empty_table) {
    ++strays_;
    *rows = {};
    repeatable = false;
  }
  result->rows = rows->count;
  result->numbered = rows->numbered;
  result->body = envelope(*rows, page, request.base_url);
  return result;
}

error_reply suiteql::refuse(const failure& why, const std::string& identifiers) {
  switch (why.code) {
  case ec::unknown_column:
    return search_error(
        fmt::format("Unknown identifier '{}'. Available identifiers are: {}", why.subject, identifiers));
  case ec::missing_table: return invalid_search_type(why.subject);
  case ec::server: return unexpected_error(++chance_);
  default: return search_error(why.message);
  }
}

std::string suiteql::envelope(const result_page& result, const paging& page,
                              const std::string& base_url) const {
  std::string out;
  out.reserve(result.items.size() + 1024);
  auto link = [&, first = true](std::string_view rel, std::int64_t offset) mutable {
    out += fmt::format(R"({}{{"rel":"{}","href":"{}/services/rest/query/v1/suiteql?limit={}&offset={}"}})",
                       first ? "" : ",", rel, base_url, page.limit, offset);
    first = false;
  };
  auto has_more = page.offset + result.count < result.total && result.count > 0 && knobs_.has_more_told;
  auto last = result.total == 0 ? 0 : (result.total - 1) / page.limit * page.limit;
  out += R"({"links":[)";
  if (page.offset == 0 && !has_more) {
    out += fmt::format(R"({{"rel":"self","href":"{}/services/rest/query/v1/suiteql"}})", base_url);
  } else {
    if (page.offset > 0) link("previous", page.offset - page.limit), link("first", 0);
    if (has_more) link("next", page.offset + page.limit), link("last", last);
    link("self", page.offset);
  }
  out += fmt::format(R"(],"count":{},"hasMore":{},"items":[)", result.count, has_more);
  out += result.items;
  out += fmt::format(R"(],"offset":{},"totalResults":{}}})", page.offset, result.total);
  return out;
}

} // namespace tidemark::netsuite_sim
