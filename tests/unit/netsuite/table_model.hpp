/// A table as NetSuite would hold it, which answers the planning queries by brute force.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "messages/words.hpp"
#include "netsuite/boundary_plan.hpp"
#include "netsuite/small_rows.hpp"

namespace tidemark::test {

/// For record types without sets, `parent` is the record's key and `key` is 0.
struct model_row {
  std::int64_t parent = 0;
  std::int64_t key = 0;

  friend auto operator<=>(const model_row&, const model_row&) = default;
};

class table_model {
public:
  /// `count` records with gaps between their ids, which begin below zero.
  static table_model of_records(std::mt19937_64& random, std::size_t count);

  /// Parents with up to `most` rows each; many have few, some have many.
  static table_model of_sets(std::mt19937_64& random, std::size_t parents, std::size_t most);

  /// Nothing yet.
  explicit table_model(bool sets) : sets_(sets) {}

  [[nodiscard]] const std::set<model_row>& rows() const noexcept { return rows_; }

  /// What a boundary query answers: at most `page` rows.
  [[nodiscard]] boundary_page boundaries(std::optional<std::int64_t> after, std::optional<std::int64_t> up_to,
                                         std::uint32_t stride, std::size_t page = 1000) const;

  /// What that plan asks for next.
  [[nodiscard]] boundary_page boundaries(const boundary_plan& plan, std::size_t page = 1000) const {
    return boundaries(plan.after(), plan.up_to(), plan.stride(), page);
  }

  [[nodiscard]] row_count count() const;

  /// The key of the row at `offset` above `after`.
  [[nodiscard]] std::optional<std::int64_t> at(std::optional<std::int64_t> after, std::size_t offset) const;

  [[nodiscard]] std::size_t count_in(const key_range& range) const;

  /// How many parents have rows in the range.
  [[nodiscard]] std::size_t parents_in(const key_range& range) const;

  /// One of its own.
  void insert(const model_row& row) { rows_.insert(row); }

  /// Adds rows at random places, below, among and above those that are there.
  void insert(std::mt19937_64& random, std::size_t count);

private:
  [[nodiscard]] std::set<model_row>::const_iterator above(std::optional<std::int64_t> after) const;

  bool sets_ = false;
  std::set<model_row> rows_;
};

} // namespace tidemark::test
