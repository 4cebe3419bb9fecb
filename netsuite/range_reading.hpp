/// Pure core: reads a range in keyset pages until NetSuite has no more.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "netsuite/page_decoder.hpp"
#include "netsuite/page_query.hpp"

namespace tidemark {

class range_reading {
public:
  range_reading() = default;
  range_reading(std::shared_ptr<const projection> what, key_range range, std::uint32_t page_rows)
      : asked_{std::move(what), {range, std::nullopt, page_rows}} {}

  bool finished() const noexcept { return finished_; }

  wanted_page next() const { return asked_; }

  void passed(data_page page) {
    pages_.push_back(std::move(page.records));
    finished_ = !page.has_more;
    asked_.page.after = page.last;
  }

  std::vector<std::shared_ptr<const record_set>> take_pages() { return std::move(pages_); }

private:
  wanted_page asked_;
  std::vector<std::shared_ptr<const record_set>> pages_;
  bool finished_ = false;
};

} // namespace tidemark
