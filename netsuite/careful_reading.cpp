#include "netsuite/careful_reading.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "netsuite/excerpt.hpp"

namespace tidemark {

namespace {

// For the columns of one record: brings all but seven of a hundred where one is broken.
constexpr std::uint32_t most_questions = 8;

/// The first row of a page, as NetSuite sent it, added to what is known of it already.
void merge_row(std::string& into, std::string_view body) {
  auto page = nlohmann::ordered_json::parse(body, nullptr, false);
  if (!page.is_object() || !page.contains("items") || page["items"].empty()) return;
  auto known =
      into.empty() ? nlohmann::ordered_json::object() : nlohmann::ordered_json::parse(into, nullptr, false);
  known.update(page["items"][0]);
  known.erase("links");
  into = known.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

std::string unread_key(const projection& what, const key_range& range) {
  if (!what.has_ranges()) return {};
  return fmt::format("{}{}", range.up_to, what.parent ? "/" : "");
}

careful_reading::careful_reading(std::shared_ptr<const projection> what, key_range range, std::string why,
                                 std::uint64_t expected)
    : what_(std::move(what)),
      range_(range),
      why_(std::move(why)),
      // The range as a whole has failed often enough.
      limit_(what_->has_sets()
                 ? static_cast<std::uint32_t>(std::clamp<std::uint64_t>(expected / 2, 1, max_page_rows / 2))
                 : 1),
      expected_(std::max<std::uint64_t>(expected, 1)) {}

wanted_page careful_reading::next() const {
  auto narrow = [this](std::span<const std::size_t> fields) {
    return std::make_shared<const projection>(narrowed(*what_, fields));
  };
  switch (step_) {
  case step::key: return {narrow({}), {range_, after_, 1}};
  case step::columns: return {narrow(groups_.front()), {range_, after_, 1}};
  case step::once_more: return {what_, {range_, after_, 1}};
  default: return {what_, {range_, after_, limit_}};
  }
}

void careful_reading::passed(data_page page, std::string_view body) {
  switch (step_) {
  case step::once_more:
    raw_.clear();
    step_ = step::reading;
    [[fallthrough]];
  case step::reading:
    pages_.push_back(std::move(page.records));
    rows_ += page.fresh;
    if (!page.has_more) return end(page.beyond || page.promised > 0);
    after_ = page.last;
    limit_ = std::min(limit_ * 2, max_page_rows);
    return;
  case step::key: merge_row(raw_, body); return key_known(page);
  case step::columns:
    merge_row(raw_, body);
    groups_.pop_front();
    return next_group();
  case step::counting:
  case step::finished: return;
  }
}

void careful_reading::end(bool is_doubtful) {
  step_ = is_doubtful || rows_ < expected_ ? step::counting : step::finished;
}

outcome<void> careful_reading::counted(std::uint64_t total) {
  if (total > rows_)
    return fail(ec::server,
                fmt::format("the account counts {} records of {}{} and gives {} of them", total,
                            what_->record_type,
                            what_->has_ranges() ? " in " + to_string(range_) : std::string{}, rows_));
  step_ = step::finished;
  return {};
}

void careful_reading::key_known(data_page& page) {
  if (!page.last) { // nothing there any more, or nothing whose place is known
    if (page.count > 0) pages_.push_back(std::move(page.records));
    rows_ += page.fresh;
    return end(page.promised > 0);
  }
  place_ = *page.last;
  groups_ = {optional_fields(*what_)};
  step_ = step::columns;
  questions_ = 0;
  key_failed_ = false;
  // All of them together have failed: begin with the halves.
  halve_group();
  next_group();
}

void careful_reading::failed(const failure& what) {
  why_ = what.message;
  switch (step_) {
  case step::reading:
    if (limit_ > 1)
      limit_ /= 2;
    else
      step_ = step::key;
    return;
  case step::key: {
    if (!std::exchange(key_failed_, true)) return;
    // Of a set it is not even known which line it is.
    reject(unread_key(*what_, range_));
    step_ = step::finished;
    return;
  }
  case step::columns: halve_group(); return next_group();
  case step::once_more: return reject(shown(place_));
  case step::counting:
  case step::finished: return;
  }
}

/// A group that has failed; a single column is given up.
void careful_reading::halve_group() {
  auto group = std::move(groups_.front());
  groups_.pop_front();
  if (group.size() < 2) return;
  auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
  groups_.emplace_back(group.begin(), middle);
  groups_.emplace_back(middle, group.end());
}

void careful_reading::next_group() {
  if (!groups_.empty() && questions_++ < most_questions) return;
  groups_.clear();
  step_ = step::once_more;
}

void careful_reading::reject(std::string key) {
  auto rest = std::make_shared<record_set>(what_->names());
  rest->reject({std::move(key), fmt::format("NetSuite cannot give this record: {}", why_), std::move(raw_)});
  pages_.push_back(std::move(rest));
  ++rows_;
  raw_.clear();
  after_ = place_;
  step_ = what_->has_sets() ? step::reading : step::finished;
  limit_ = max_page_rows / 2;
}

std::string careful_reading::shown(const row_cursor& place) const {
  return what_->parent ? fmt::format("{}/{}", place.parent, place.key) : fmt::format("{}", place.key);
}

std::vector<std::shared_ptr<const record_set>> careful_reading::take_pages() { return std::move(pages_); }

} // namespace tidemark
