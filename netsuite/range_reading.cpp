#include "netsuite/range_reading.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

// Every 50th row of a set is known, so either end of a range may lie so many rows off.
constexpr std::uint64_t estimate_margin = 100;

/// The rows at the end of the pages with the same first field of the key as the last one: whoever goes on at
/// that value meets them again. Zero if the value cannot be asked for.
std::uint32_t rows_like_last(const std::vector<std::shared_ptr<const record_set>>& pages, std::size_t field) {
  std::uint32_t rows = 0;
  const record_set* last = nullptr;
  cell sought;
  for (auto page = pages.rbegin(); page != pages.rend(); ++page)
    for (auto i = (*page)->size(); i > 0; --i) {
      const auto& found = (*page)->row(i - 1)[field];
      if (last == nullptr) {
        if (found.is == cell::kind::null) return 0;
        last = page->get();
        sought = found;
      }
      const bool is_same = found.is == sought.is
                           && (found.is == cell::kind::text ? (*page)->text(found) == last->text(sought)
                                                            : found.number == sought.number);
      if (!is_same) return rows;
      ++rows;
    }
  return rows;
}

std::string last_value(const std::vector<std::shared_ptr<const record_set>>& pages, std::size_t field) {
  for (auto page = pages.rbegin(); page != pages.rend(); ++page) {
    if ((*page)->empty()) continue;
    const auto& found = (*page)->row((*page)->size() - 1)[field];
    return found.is == cell::kind::text ? text_literal((*page)->text(found))
                                        : fmt::format("{}", found.number);
  }
  return {};
}

} // namespace

std::uint64_t certain_rows(const projection& what, std::uint64_t weight) noexcept {
  if (!what.parent) return weight;
  return weight > estimate_margin ? weight - estimate_margin : std::min<std::uint64_t>(weight, 1);
}

range_reading::range_reading(std::shared_ptr<const projection> what, key_range range, std::uint32_t page_rows,
                             std::uint64_t at_least)
    : asked_{std::move(what), {range, std::nullopt, page_rows}}, at_least_(at_least) {}

void range_reading::passed(data_page page) {
  pages_.push_back(std::move(page.records));
  rows_ += page.fresh;
  stretch_ += page.fresh;
  if (page.last) asked_.page.after = page.last;
  is_beyond_ = page.beyond;
  if (page.has_more) return;
  counting_ = rows_ < at_least_ || page.promised > 0 || is_beyond_;
  finished_ = !counting_;
}

bool range_reading::refused() {
  if (finished_ || !asked_.what || window_of(*asked_.what, asked_.page).offset == 0) return false;
  is_beyond_ = counting_ = true;
  return true;
}

outcome<void> range_reading::counted(std::uint64_t total) {
  counting_ = false;
  // What has come may not be what is there now.
  if (is_beyond_ && total < rows_)
    return fail(ec::server,
                fmt::format("rows of record type {} went while they were read", asked_.what->record_type));
  finished_ = total <= rows_;
  if (finished_ || go_on_behind_last()) return {};
  if (is_second_)
    return fail(ec::server,
                asked_.what->has_ranges()
                    ? fmt::format("the account counts {} records of {} in {} and gives {} of them", total,
                                  asked_.what->record_type, to_string(range()), rows_)
                    : fmt::format("the account counts {} records of {} and gives {} of them, as far as "
                                  "paging reaches; give it a filter, or a whole number as its key, in the "
                                  "criteria",
                                  total, asked_.what->record_type, rows_));
  is_second_ = true;
  begin_again();
  return {};
}

bool range_reading::not_counted() {
  counting_ = false;
  if (is_second_) {
    finished_ = !is_beyond_;
    return finished_;
  }
  is_second_ = true;
  begin_again();
  return true;
}

/// What has come of such a type is asked for by the first field of its key. If the account sorts otherwise
/// than it compares, the row that it begins with is another one, which the decoder does not take.
bool range_reading::go_on_behind_last() {
  const auto& what = *asked_.what;
  if (what.has_ranges() || stretch_ == 0 || !asked_.page.after) return false;
  const auto first = what.wide_key.front();
  const auto type = what.fields[first].type;
  const bool is_comparable = type == field_type::text || type == field_type::id || type == field_type::integer
                             || type == field_type::reference;
  if (!is_comparable) return false;
  const auto known = rows_like_last(pages_, first);
  if (known == 0) return false;
  asked_.page.from = last_value(pages_, first);
  asked_.page.after->position = known;
  stretch_ = 0;
  return true;
}

void range_reading::begin_again() {
  pages_.clear();
  rows_ = stretch_ = 0;
  asked_.page.after.reset();
  asked_.page.from.clear();
  finished_ = counting_ = is_beyond_ = false;
}

void range_reading::read_again(std::shared_ptr<const projection> what) {
  asked_.what = std::move(what);
  is_second_ = false;
  begin_again();
}

std::vector<std::shared_ptr<const record_set>> range_reading::take_pages() {
  at_least_ -= std::min(at_least_, rows_);
  rows_ = stretch_ = 0;
  if (!finished_ && asked_.page.after && !asked_.what->has_sets()) {
    asked_.page.range.after = asked_.page.after->key;
    asked_.page.after.reset();
  }
  return std::exchange(pages_, {});
}

} // namespace tidemark
