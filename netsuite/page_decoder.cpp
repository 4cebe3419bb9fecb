#include "netsuite/page_decoder.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include "messages/recycler.hpp"
#include "netsuite/excerpt.hpp"
#include "netsuite/field_lookup.hpp"
#include "netsuite/key_number.hpp"
#include "netsuite/value_decoder.hpp"
#include "netsuite/value_forms.hpp"

namespace tidemark {

namespace {

namespace ondemand = simdjson::ondemand;

/// Keeps room for the largest body that it has seen: some six bytes for each of the body's.
struct page_parser {
  ondemand::parser tool;
  void clear() noexcept {}
};

std::size_t capacity_bytes(const page_parser& parser) noexcept { return parser.tool.capacity(); }

// Of the threads that decode, few do so at one time: parsers are theirs in turn, not one for each. One that
// grew beyond this is given back.
constexpr std::size_t most_spare_parsers = 2;
constexpr std::size_t largest_spare_parser = std::size_t{8} << 20;

recycler<page_parser>& spare_parsers() {
  static recycler<page_parser> parsers{most_spare_parsers, largest_spare_parser};
  return parsers;
}

// Sets of records that are not in use are kept for the next pages: this many, none larger.
constexpr std::size_t most_spare_sets = 8;
constexpr std::size_t largest_spare_set = std::size_t{2} << 20;

recycler<record_set>& spare_sets() {
  static recycler<record_set> sets{most_spare_sets, largest_spare_set};
  return sets;
}

/// An item needs at least this many bytes, which bounds the rows that room is made for.
constexpr std::size_t least_item_bytes = 16;

// NetSuite puts it into every item; it is known by name only to be skipped as fast as the fields.
constexpr std::string_view links_key = "links";

std::vector<std::string> known_keys(const projection& what) {
  auto out = what.names();
  if (std::ranges::find(out, links_key) == out.end()) out.emplace_back(links_key);
  return out;
}

bool same_key(std::string_view key, std::string_view lower_case) {
  return std::ranges::equal(key, lower_case, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

/// Of a list or an object, which is read by that.
simdjson::simdjson_result<std::string_view> raw_json_of(ondemand::value& value) {
  ondemand::object object;
  if (!value.get_object().get(object)) return object.raw_json();
  ondemand::array array;
  if (const auto error = value.get_array().get(array)) return error;
  return array.raw_json();
}

std::string_view without_trailing_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The most bytes that are kept of a value which does not fit.
constexpr std::size_t most_raw_bytes = std::size_t{16} << 10;

std::string bounded(std::string_view token) {
  if (token.size() <= most_raw_bytes) return std::string{token};
  auto end = most_raw_bytes;
  while (end > 0 && (static_cast<unsigned char>(token[end]) & 0xc0U) == 0x80U) --end; // inside a character
  return fmt::format("{}... ({} bytes in all)", token.substr(0, end), token.size());
}

outcome<void> not_a_page(std::string_view why, std::string_view body) {
  return fail(ec::server, fmt::format("the answer is not a whole page of rows ({}): {}", why, excerpt(body)));
}

} // namespace

class page_decoder::implementation {
public:
  explicit implementation(projection what)
      : what_(std::move(what)), columns_(what_.names()), lookup_(known_keys(what_)) {}

  outcome<data_page> decode(simdjson::padded_string_view body, const page_request& asked) {
    auto parser = spare_parsers().take();
    body_ = body;
    asked_ = &asked;
    page_ = {};
    window_ = window_of(what_, asked);
    place_ = {};
    if (what_.is_wide() && asked.after) place_ = {asked.after->parent, 0, window_.offset};
    records_ = spare_sets().take();
    records_->reset(columns_);
    records_->reserve(std::min<std::size_t>(asked.limit, body.size() / least_item_bytes + 1),
                      body.size() / 4);
    if (auto verdict = read_page(parser->tool); !verdict) return std::unexpected(std::move(verdict.error()));
    page_.records = std::move(records_);
    return std::move(page_);
  }

private:
  outcome<void> broken(simdjson::error_code error) const {
    return not_a_page(simdjson::error_message(error), body_);
  }

  outcome<void> read_page(ondemand::parser& parser) {
    ondemand::document document;
    if (auto error = parser.iterate(body_).get(document)) return broken(error);
    ondemand::object page;
    if (auto error = document.get_object().get(page)) return broken(error);
    bool has_items = false;
    std::optional<bool> has_more;
    std::optional<std::uint64_t> count;
    std::uint64_t total = 0;
    for (auto member : page) {
      ondemand::field x;
      if (auto error = std::move(member).get(x)) return broken(error);
      std::string_view key;
      if (auto error = x.unescaped_key().get(key)) return broken(error);
      if (same_key(key, "items")) {
        if (has_items) return not_a_page("two lists of items", body_);
        has_items = true;
        ondemand::array items;
        if (auto error = x.value().get_array().get(items)) return broken(error);
        if (auto verdict = read_items(items); !verdict) return verdict;
      } else if (same_key(key, "hasmore")) {
        bool value = false;
        if (auto error = x.value().get_bool().get(value)) return broken(error);
        has_more = value;
      } else if (same_key(key, "count")) {
        std::uint64_t value = 0;
        if (auto error = x.value().get_uint64().get(value)) return broken(error);
        count = value;
      } else if (same_key(key, "totalresults")) {
        // One that is no number is not worth a page.
        if (x.value().get_uint64().get(total)) total = 0;
      }
    }
    // Whatever stands behind the page, the body is not what was sent.
    const char* location = nullptr;
    if (document.current_location().get(location) != simdjson::OUT_OF_BOUNDS)
      return not_a_page("text behind the end", body_);
    if (!has_items) return not_a_page("no items", body_);
    if (count && *count != page_.count)
      return not_a_page(fmt::format("{} items where count says {}", page_.count, *count), body_);
    if (page_.count == 0 && window_.known > 0 && window_.offset > 0) {
      page_.beyond = true;
      return {};
    }
    if (page_.count < window_.known)
      return moved(fmt::format("{} of the {} rows that came before are gone", window_.known - page_.count,
                               window_.known));
    page_.fresh = page_.count - window_.known;
    auto seen = window_.offset + page_.count;
    page_.promised = total - std::min<std::uint64_t>(total, seen);
    if (!has_more) return finish(page_.count >= window_.limit || total > seen);
    return finish(*has_more || goes_on(total, seen));
  }

  /// An answer that says at once that nothing follows and that there is more: the next page tells. One that
  /// says so again, and has nothing, is the last one: whoever reads the range counts it then.
  bool goes_on(std::uint64_t total, std::uint64_t seen) const noexcept {
    return total > seen && (page_.count > window_.known || !asked_->after);
  }

  outcome<void> finish(bool has_more) {
    page_.has_more = has_more;
    if (!has_more) return {};
    if (page_.count == 0) return not_a_page("no rows, yet more are promised", body_);
    if (page_.count == window_.known) {
      // A page that is shorter than it may be, and holds what is known alone: no other page brings more.
      page_.has_more = false;
      page_.promised = std::max<std::uint64_t>(page_.promised, 1);
      return {};
    }
    if (!page_.last)
      return fail(ec::rejected,
                  fmt::format("no record of the page has a readable key; check the key of record type {}",
                              what_.record_type));
    return {};
  }

  outcome<void> read_items(ondemand::array& items) {
    for (auto item : items) {
      ondemand::object object;
      if (auto error = item.get_object().get(object)) return broken(error);
      if (auto verdict = read_item(object); !verdict) return verdict;
      ++page_.count;
    }
    return {};
  }

  outcome<void> read_item(ondemand::object& object) {
    auto cells = records_->add_row();
    reason_.clear();
    kind_.clear();
    key_is_odd_ = false;
    kept_.clear();
    sent_key_ = {};
    sent_parent_ = {};
    lookup_.start_row();
    for (auto member : object) {
      if (auto error = member.error()) return broken(error);
      auto&& x = std::move(member).value_unsafe(); // a copy would cost more than the rest of this loop
      std::size_t index = 0;
      if (const auto error = find(x, index)) return broken(error);
      if (index >= columns_.size()) continue;
      if (const auto error = read_value(x.value(), index, cells[index])) return broken(error);
    }
    return keep_or_reject(object, cells);
  }

  simdjson::error_code find(ondemand::field& x, std::size_t& index) {
    const char* text = x.key().raw(); // behind the body is padding, so that much can be read
    static_assert(simdjson::SIMDJSON_PADDING >= field_lookup::most_read);
    index = lookup_.find_expected(text);
    if (index != field_lookup::unknown) return simdjson::SUCCESS;
    const char* end = text;
    while (*end != '"' && *end != '\\') ++end;
    std::string_view key{text, static_cast<std::size_t>(end - text)};
    if (*end != '"')
      if (const auto error = x.unescaped_key().get(key)) return error;
    index = lookup_.find(key);
    return simdjson::SUCCESS;
  }

  /// Only an error if the text is no JSON; a value that cannot be of its type leaves a reason.
  simdjson::error_code read_value(ondemand::value& value, std::size_t index, cell& out) {
    const auto token = without_trailing_blanks(value.raw_json_token());
    if (token.empty()) return simdjson::TAPE_ERROR;
    auto text = token;
    auto kind = wire_kind::text;
    switch (token.front()) {
    case '"':
      if (token.size() < 2 || token.back() != '"') return simdjson::STRING_ERROR;
      text = token.substr(1, token.size() - 2);
      if (text.find('\\') != std::string_view::npos && value.get_string().get(text) != simdjson::SUCCESS) {
        note(index, token, "text: it has an escape that stands for no character");
        return simdjson::SUCCESS;
      }
      break;
    case 'n': return token == "null" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    case 't':
      if (token != "true") return simdjson::T_ATOM_ERROR;
      kind = wire_kind::truth;
      break;
    case 'f':
      if (token != "false") return simdjson::F_ATOM_ERROR;
      kind = wire_kind::truth;
      break;
    case '[':
    case '{': {
      std::string_view nested;
      if (const auto error = raw_json_of(value).get(nested)) return error;
      note(index, without_trailing_blanks(nested), "a single value");
      return simdjson::SUCCESS;
    }
    default:
      if (!is_decimal(token)) return simdjson::NUMBER_ERROR;
      kind = wire_kind::number;
    }
    if (index == what_.key) sent_key_ = text;
    if (index == what_.parent) sent_parent_ = text;
    if (const char* expected = decode_value(what_.fields[index].type, kind, text, *records_, out))
      note(index, token, expected);
    else if (out.is != cell::kind::null)
      records_->count_fitting(index);
    return simdjson::SUCCESS;
  }

  /// Keeps the value aside, or the first reason why the record cannot be stored.
  void note(std::size_t index, std::string_view token, const char* expected) {
    records_->count_misfit(index, [&] { return excerpt(token, 80); }, expected);
    key_is_odd_ = key_is_odd_ || what_.identifies(index);
    if (!reason_.empty()) return;
    auto reason =
        fmt::format("column '{}' holds {}, which is not {}", columns_[index], excerpt(token, 80), expected);
    if (!what_.strict && can_lack(what_, index)) {
      kept_.push_back({records_->size() - 1, columns_[index], std::move(reason), bounded(token)});
      return;
    }
    reason_ = std::move(reason);
    kind_ = fmt::format("column '{}' is not {}", columns_[index], expected);
  }

  /// The place of the row, if its keys are readable.
  std::optional<row_cursor> place_of(std::span<cell> cells) {
    row_cursor here;
    if (what_.is_wide()) return wide_place_of(cells);
    if (!read_key(cells, what_.key, here.key)) return std::nullopt;
    if (what_.parent && !read_key(cells, *what_.parent, here.parent)) return std::nullopt;
    return here;
  }

  std::optional<row_cursor> wide_place_of(std::span<cell> cells) {
    std::int64_t parent = 0;
    if (what_.parent && !read_key(cells, *what_.parent, parent)) return std::nullopt;
    // A row whose key is odd has a position all the same.
    if (what_.parent && parent != place_.parent) place_ = {parent, 0, 0};
    ++place_.position;
    if (key_is_odd_) return std::nullopt;
    number_.clear();
    bool is_missing = true;
    for (auto part : what_.wide_key) {
      const auto& value = cells[part];
      is_missing = is_missing && value.is == cell::kind::null;
      if (value.is == cell::kind::integer) number_.add(value.number);
      if (value.is == cell::kind::text) number_.add(records_->text(value));
      if (value.is == cell::kind::null) number_.add_null();
    }
    if (is_missing) {
      if (reason_.empty()) reason_ = "the fields of the key are all empty";
      return std::nullopt;
    }
    cells[what_.key] = record_set::make_integer(number_.value());
    return row_cursor{place_.parent, cells[what_.key].number, place_.position};
  }

  /// Of a row that has come with the page before: it is there once more to tell that nothing has moved.
  outcome<void> pass_over(const std::optional<row_cursor>& here) {
    records_->drop_row();
    if (page_.count + 1 < window_.known || here == asked_->after) return {};
    return moved("the last row before it is another one now");
  }

  outcome<void> moved(std::string_view how) const {
    return fail(ec::server, fmt::format("rows of record type {} came or went while they were read: {}",
                                        what_.record_type, how));
  }

  bool read_key(std::span<const cell> cells, std::size_t index, std::int64_t& out) {
    out = cells[index].number;
    if (cells[index].is == cell::kind::integer) return true;
    if (reason_.empty()) reason_ = fmt::format("column '{}', the key, is missing", columns_[index]);
    return false;
  }

  outcome<void> keep_or_reject(ondemand::object& object, std::span<cell> cells) {
    const auto here = place_of(cells);
    if (page_.count < window_.known) return pass_over(here);
    if (here) {
      if (auto verdict = check_order(*here, cells); !verdict) return verdict;
      page_.last = here;
    }
    if (reason_.empty()) {
      for (auto& x : kept_) records_->keep_aside(std::move(x));
      return {};
    }
    std::string_view raw;
    bool has_fields = false;
    if (auto error = object.reset().get(has_fields)) return broken(error);
    if (auto error = object.raw_json().get(raw)) return broken(error);
    std::string number;
    if (what_.is_wide() && here) sent_key_ = number = fmt::format("{}", here->key);
    auto key = what_.parent ? fmt::format("{}/{}", sent_parent_, sent_key_) : std::string{sent_key_};
    if (sent_key_.empty() && sent_parent_.empty()) key.clear();
    records_->reject(
        {std::move(key), std::move(reason_), std::string{without_trailing_blanks(raw)}, std::move(kind_)});
    records_->drop_row();
    return {};
  }

  /// "5, 'EUR'": what the number of a wide key is made of.
  std::string wide_key_text(std::span<const cell> cells) const {
    std::vector<std::string> parts;
    for (auto part : what_.wide_key) {
      const auto& value = cells[part];
      parts.push_back(value.is == cell::kind::integer ? fmt::format("{}", value.number)
                      : value.is == cell::kind::text ? fmt::format("'{}'", excerpt(records_->text(value), 60))
                                                     : "null");
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  /// Paging by keys loses or repeats records if the rows do not come in their order.
  outcome<void> check_order(const row_cursor& here, std::span<const cell> cells) const {
    const auto shown = [&](const row_cursor& x) {
      return what_.parent ? fmt::format("{}/{}", x.parent, x.key) : fmt::format("{}", x.key);
    };
    const auto& before = page_.last ? page_.last : asked_->after;
    bool is_twice = page_.last == here;
    // Equal keys come one after the other; their order says nothing else.
    if (what_.is_wide()) is_twice = before && before->parent == here.parent && before->key == here.key;
    if (is_twice)
      return fail(ec::rejected,
                  fmt::format("the key of record type {} is not unique: {} is there twice; choose another "
                              "key in the criteria file",
                              what_.record_type, what_.is_wide() ? wide_key_text(cells) : shown(here)));
    bool is_behind = what_.is_wide() ? before && here.parent < before->parent : before && here <= *before;
    if (is_behind) return not_a_page(fmt::format("key {} after {}", shown(here), shown(*before)), body_);
    if (!what_.has_ranges()) return {};
    const auto position = what_.parent ? here.parent : here.key;
    const auto& range = asked_->range;
    if (position > range.up_to || (range.after && position <= *range.after))
      return not_a_page(fmt::format("key {} is outside of {}", shown(here), to_string(range)), body_);
    return {};
  }

  projection what_;
  std::vector<std::string> columns_;
  field_lookup lookup_;

  // Of the page that is being read.
  simdjson::padded_string_view body_;
  const page_request* asked_ = nullptr;
  data_page page_;
  std::shared_ptr<record_set> records_;
  page_window window_;
  row_cursor place_; ///< of the row that was read last, by its position; with a wide key
  key_number number_;

  // Of the row that is being read.
  std::string reason_;
  std::string kind_;        ///< of that reason
  bool key_is_odd_ = false; ///< a field that identifies the record holds something else
  std::vector<kept_value> kept_;
  std::string_view sent_key_;
  std::string_view sent_parent_;
};

page_decoder::page_decoder(projection what)
    : implementation_(std::make_unique<implementation>(std::move(what))) {}

page_decoder::~page_decoder() = default;
page_decoder::page_decoder(page_decoder&&) noexcept = default;
page_decoder& page_decoder::operator=(page_decoder&&) noexcept = default;

outcome<data_page> page_decoder::decode(const std::string& body, const page_request& asked) {
  try {
    if (body.capacity() - body.size() >= simdjson::SIMDJSON_PADDING)
      return implementation_->decode(simdjson::padded_string_view{body.data(), body.size(), body.capacity()},
                                     asked);
    const simdjson::padded_string copy{body};
    return implementation_->decode(copy, asked);
  } catch (const std::exception& error) {
    return fail(ec::internal,
                fmt::format("a page of {} bytes could not be decoded: {}", body.size(), error.what()));
  }
}

} // namespace tidemark
