#include "netsuite/small_rows.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/ascii.hpp"
#include "messages/decimal_sum.hpp"
#include "netsuite/excerpt.hpp"
#include "netsuite/value_forms.hpp"

namespace tidemark {

namespace {

using json = nlohmann::json;

small_row row_of(const json& item) {
  small_row out;
  for (const auto& [name, value] : item.items()) {
    if (value.is_string()) out.set(lower_case(name), value.get<std::string>());
    if (value.is_number() || value.is_boolean()) out.set(lower_case(name), value.dump());
  }
  return out;
}

outcome<std::uint64_t> required_count(const small_row& row, std::string_view name) {
  const auto value = row.required_integer(name);
  if (!value) return std::unexpected(value.error());
  if (*value < 0) return fail(ec::server, fmt::format("the answer has a negative {}: {}", name, *value));
  return static_cast<std::uint64_t>(*value);
}

} // namespace

const std::string* small_row::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

outcome<std::optional<std::int64_t>> small_row::integer(std::string_view name) const {
  const auto* value = text(name);
  if (value == nullptr || value->empty()) return std::nullopt;
  if (const auto number = parse_whole(*value)) return number;
  return fail(ec::server,
              fmt::format("the answer's {} is not a whole number: '{}'", name, excerpt(*value, 60)));
}

outcome<std::int64_t> small_row::required_integer(std::string_view name) const {
  const auto value = integer(name);
  if (!value) return std::unexpected(value.error());
  if (!*value) return fail(ec::server, fmt::format("the answer lacks the column {}", name));
  return **value;
}

outcome<small_page> decode_rows(std::string_view body, std::uint32_t limit) {
  const auto page = json::parse(body, nullptr, false);
  const auto broken = [&] {
    return fail(ec::server, fmt::format("the answer is not a page of rows: {}", excerpt(body)));
  };
  if (!page.is_object()) return broken();
  const auto items = page.find("items");
  if (items == page.end() || !items->is_array()) return broken();
  small_page out;
  for (const auto& item : *items) {
    if (!item.is_object()) return broken();
    out.rows.push_back(row_of(item));
  }
  const auto number = [&](const char* name) -> std::uint64_t {
    const auto found = page.find(name);
    return found != page.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  const auto more = page.find("hasMore");
  bool told = more != page.end() && more->is_boolean() ? more->get<bool>() : out.rows.size() >= limit;
  // Where one of the two is wrong, the next page tells.
  const bool is_placed = !out.rows.empty() || page.contains("offset");
  out.has_more = told || (is_placed && number("totalResults") > number("offset") + out.rows.size());
  if (out.has_more && out.rows.empty())
    return fail(ec::server, fmt::format("a page has no rows, yet more are promised: {}", excerpt(body)));
  return out;
}

outcome<boundary_page> decode_boundaries(std::string_view body) {
  const auto page = decode_rows(body);
  if (!page) return std::unexpected(page.error());
  boundary_page out;
  out.has_more = page->has_more;
  out.rows.reserve(page->rows.size());
  for (const auto& row : page->rows) {
    const auto key = row.required_integer("boundary");
    const auto position = required_count(row, "position");
    const auto total = required_count(row, "total");
    if (!key) return std::unexpected(key.error());
    if (!position) return std::unexpected(position.error());
    if (!total) return std::unexpected(total.error());
    out.rows.push_back({*key, *position});
    out.total = *total;
  }
  return out;
}

outcome<row_count> decode_count(std::string_view body) {
  const auto page = decode_rows(body);
  if (!page) return std::unexpected(page.error());
  if (page->rows.size() != 1)
    return fail(ec::server, fmt::format("a count has {} rows instead of one", page->rows.size()));
  const auto total = required_count(page->rows.front(), "total");
  const auto last = page->rows.front().integer("last");
  if (!total) return std::unexpected(total.error());
  if (!last) return std::unexpected(last.error());
  if (*total > 0 && !*last)
    return fail(ec::server, fmt::format("{} rows are counted, but none has a key", *total));
  return row_count{*total, *last};
}

outcome<key_page> decode_keys(std::string_view body) {
  const auto page = decode_rows(body);
  if (!page) return std::unexpected(page.error());
  key_page out;
  out.has_more = page->has_more;
  for (const auto& row : page->rows) {
    const auto key = row.required_integer("boundary");
    if (!key) return std::unexpected(key.error());
    out.keys.push_back(*key);
  }
  if (out.has_more && !std::ranges::is_sorted(out.keys))
    return fail(ec::server, "a page of keys is not in the order that was asked for");
  return out;
}

std::vector<std::int64_t> left_open(const key_page& page, std::vector<std::int64_t> asked) {
  if (!page.has_more || page.keys.empty()) return {};
  std::erase_if(asked, [&](auto key) { return key <= page.keys.back(); });
  return asked;
}

outcome<sorted_page> decode_sorted(std::string_view body, bool tells_side,
                                   std::optional<std::int64_t> after) {
  const auto page = decode_rows(body);
  if (!page) return std::unexpected(page.error());
  sorted_page out;
  out.last = after;
  out.has_more = page->has_more;
  for (const auto& row : page->rows) {
    const auto key = row.required_integer("boundary");
    if (!key) return std::unexpected(key.error());
    if (out.last && *key <= *out.last)
      return fail(ec::server, fmt::format("the keys are out of order: {} after {}", *key, *out.last));
    out.last = *key;
    const auto* inside = row.text("inside");
    if (tells_side && (inside == nullptr || (*inside != "T" && *inside != "F")))
      return fail(ec::server, "the answer does not say what lies inside the filter");
    (tells_side && *inside == "T" ? out.inside : out.outside).push_back(*key);
  }
  return out;
}

namespace {

bool are_digits(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// What a text with one comma is if it holds a number: "1,234" may be either.
enum class comma : std::uint8_t { none, perhaps, decimal };

comma comma_of(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto at = text.find(',');
  if (at == std::string_view::npos) return comma::none;
  const auto before = text.substr(0, at), behind = text.substr(at + 1);
  if (behind.empty() || !are_digits(before) || !are_digits(behind)) return comma::none;
  const bool may_group = behind.size() == 3 && !before.empty() && before.size() <= 3 && before[0] != '0';
  return may_group ? comma::perhaps : comma::decimal;
}

/// The sums of values of an answer. An account writes all of its numbers alike, so that one of them may tell
/// what a comma means in the others.
class sum_reader {
public:
  sum_reader(const std::vector<small_row>& rows, std::size_t sums) {
    for (std::size_t i = 0; i < sums; ++i) names_.push_back(fmt::format("v{}", i));
    has_decimal_comma_ = std::ranges::any_of(rows, [this](const auto& row) {
      return std::ranges::any_of(names_, [&](const auto& name) {
        const auto* text = row.text(name);
        return text != nullptr && comma_of(*text) == comma::decimal;
      });
    });
  }

  /// Empty where one is not known.
  std::vector<std::string> read(const small_row& row, std::vector<bucket_page::odd_sum>& unreadable) const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto* text = row.text(names_[i]);
      const auto plain = text == nullptr ? std::nullopt : plain_decimal(with_point(*text));
      decimal_sum sum;
      if (plain)
        sum.add(*plain);
      else if (std::ranges::find(unreadable, i, &bucket_page::odd_sum::index) == unreadable.end())
        unreadable.push_back({i, text == nullptr ? std::string{} : std::string{excerpt(*text, 60)}});
      out.push_back(plain ? sum.text().value_or("") : std::string{});
    }
    return out;
  }

private:
  std::string with_point(std::string text) const {
    if (has_decimal_comma_ && comma_of(text) != comma::none) std::ranges::replace(text, ',', '.');
    return text;
  }

  std::vector<std::string> names_;
  bool has_decimal_comma_ = false;
};

} // namespace

outcome<bucket_page> decode_buckets(std::string_view body, std::size_t sums) {
  const auto page = decode_rows(body);
  if (!page) return std::unexpected(page.error());
  bucket_page out;
  out.has_more = page->has_more;
  const sum_reader reader{page->rows, sums};
  for (const auto& row : page->rows) {
    const auto bucket = row.required_integer("bucket");
    const auto total = required_count(row, "total");
    const auto keys = row.required_integer("keys");
    const auto parents = row.integer("parents");
    if (!bucket) return std::unexpected(bucket.error());
    if (!total) return std::unexpected(total.error());
    if (!keys) return std::unexpected(keys.error());
    if (*total == 0) continue; // of a table that is one bucket
    if (!parents) return std::unexpected(parents.error());
    auto values = reader.read(row, out.unreadable);
    out.buckets.push_back({*bucket, *total, *keys, parents->value_or(0), std::move(values)});
  }
  return out;
}

outcome<std::optional<std::int64_t>> decode_walk(std::string_view body) {
  const auto page = decode_rows(body, 1);
  if (!page) return std::unexpected(page.error());
  if (page->rows.empty()) return std::nullopt;
  const auto key = page->rows.front().required_integer("boundary");
  if (!key) return std::unexpected(key.error());
  return std::optional{*key};
}

} // namespace tidemark
