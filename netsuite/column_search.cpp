#include "netsuite/column_search.hpp"

#include <limits>
#include <utility>

namespace tidemark {

column_search::column_search(std::shared_ptr<const projection> what) : what_(std::move(what)) {
  auto fields = optional_fields(*what_);
  if (!fields.empty()) open_.push_back({std::move(fields)});
}

wanted_page column_search::next() const {
  page_request one;
  one.range = {std::nullopt, std::numeric_limits<std::int64_t>::max()};
  one.limit = 1;
  // What fails in both is not the fault of one of them.
  bool to_be_sure = step_ == step::groups && open_.back().asked_before;
  one.from_the_end = step_ != step::first_record && !to_be_sure;
  switch (step_) {
  case step::first_record:
  case step::last_record: return {what_, one};
  case step::key:
  case step::key_again: return {std::make_shared<const projection>(narrowed(*what_, {})), one};
  case step::groups: break;
  }
  return {std::make_shared<const projection>(narrowed(*what_, open_.back().fields)), one};
}

void column_search::answered(bool passed) {
  switch (step_) {
  case step::first_record:
  case step::last_record:
    if (passed) verdict_ = verdict::columns_fine;
    step_ = step_ == step::first_record ? step::last_record : step::key;
    return;
  case step::key:
  case step::key_again:
    if (!passed && step_ == step::key) {
      step_ = step::key_again;
      return;
    }
    step_ = step::groups;
    if (!passed || open_.empty()) {
      verdict_ = verdict::table_broken;
      return;
    }
    // All columns together have failed already.
    open_.back().surely_broken = true;
    return settle();
  case step::groups: return group_answered(passed);
  }
}

void column_search::group_answered(bool passed) {
  auto asked = std::move(open_.back());
  open_.pop_back();
  if (passed) {
    if (asked.halved && !open_.empty()) open_.back().surely_broken = true;
  } else if (asked.asked_before) {
    broken_.push_back(what_->fields[asked.fields.front()].column);
  } else {
    asked.surely_broken = true;
    asked.halved = false;
    open_.push_back(std::move(asked));
  }
  settle();
}

/// Takes what needs no question: halves a group that is surely broken, and asks a single column once more.
void column_search::settle() {
  while (!open_.empty() && open_.back().surely_broken) {
    auto& top = open_.back();
    if (top.fields.size() == 1) {
      top.surely_broken = false;
      top.halved = false;
      top.asked_before = true;
      break;
    }
    auto fields = std::move(top.fields);
    open_.pop_back();
    auto middle = fields.begin() + static_cast<std::ptrdiff_t>(fields.size() / 2);
    open_.push_back({{middle, fields.end()}});
    group left{{fields.begin(), middle}};
    left.halved = true;
    open_.push_back(std::move(left));
  }
  if (!open_.empty()) return;
  if (broken_.empty())
    verdict_ = verdict::columns_fine;
  else
    // Where every single column fails, it is not the columns.
    verdict_ = broken_.size() > 1 && broken_.size() == optional_fields(*what_).size()
                   ? verdict::table_broken
                   : verdict::columns_broken;
}

} // namespace tidemark
