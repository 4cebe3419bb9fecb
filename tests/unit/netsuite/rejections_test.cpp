#include "netsuite/rejections.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace rejections_test {

using namespace tidemark;

std::shared_ptr<const record_set> page(std::vector<rejected_record> rejected) {
  auto made = std::make_shared<record_set>(std::vector<std::string>{"id"});
  for (auto& x : rejected) made->reject(std::move(x));
  return made;
}

TEST_CASE("the commonest reason is told, with one of its sentences and how many had it") {
  rejection_tally tally;
  std::vector pages{page({{"1", "column 'a' holds x", "", "a"}, {"2", "cannot be had", ""}}),
                    page({{"3", "column 'a' holds y", "", "a"}, {"4", "column 'b' holds z", "", "b"}})};
  tally.add_written(pages, 4);
  CHECK(tally.too_many(4, 3)
        == "4 records were rejected, more than the 3 that are allowed (max_rejected_records); the commonest "
           "reason, of 2 of them: column 'a' holds x");
}

TEST_CASE("what no page has told of was refused by the database") {
  rejection_tally tally;
  std::vector pages{page({{"1", "cannot be had", ""}})};
  tally.add_written(pages, 9);
  CHECK(tally.too_many(9, 3).ends_with("of 8 of them: the database refuses the record"));
}

TEST_CASE("counts of many batches add up") {
  rejection_tally all;
  for (int batch = 0; batch < 3; ++batch) {
    rejection_tally one;
    std::vector pages{page({{"1", "column 'a' holds x", "", "a"}})};
    one.add_written(pages, 1);
    all.add(one.counts());
  }
  CHECK(all.too_many(3, 2).ends_with("of 3 of them: column 'a' holds x"));
}

TEST_CASE("without a known reason the number alone is told") {
  CHECK(rejection_tally{}.too_many(11, 10)
        == "11 records were rejected, more than the 10 that are allowed (max_rejected_records)");
}

} // namespace rejections_test
