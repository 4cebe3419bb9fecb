/// The shape of a query, as far as it shows without a grammar: brackets, tables and aliases, which words are
/// columns.
#pragma once

#include "tools/netsuite_sim/schema.hpp"
#include "tools/netsuite_sim/sql_tokens.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::netsuite_sim {

class query_scan {
public:
  /// Both must outlive the scan.
  query_scan(const std::vector<token>& tokens, const schema& visible);

  bool is_balanced() const noexcept { return balanced_; }
  /// In the order in which they appear, without repeats.
  const std::vector<const table*>& tables() const noexcept { return tables_; }
  /// The first name in a FROM that is no table; empty if all are.
  const std::string& unknown_table() const noexcept { return unknown_table_; }
  std::string identifiers() const;
  /// Whether the outermost query has an ORDER BY.
  bool is_ordered() const;
  /// Whether each term of that ORDER BY says ASC or DESC.
  bool is_directed() const;

  bool is_number(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == token_kind::number; }
  /// Whether the word is one half of "alias.column".
  bool is_qualified(std::size_t i) const;
  /// Whether the word stands by itself: not after a point or AS.
  bool is_free_word(std::size_t i) const;
  /// The bracket that closes the one at `open`.
  std::size_t closing(std::size_t open) const { return partner_[open]; }
  /// What stands between the bracket at `open` and its partner.
  std::span<const token> inside(std::size_t open) const;
  /// The column that the word (or qualified name) at `i` means, with its table; {nullptr, ""} for other
  /// things.
  std::pair<const table*, std::string> column_at(std::size_t i) const;
  /// The position at which the SELECT around `i` ends.
  std::size_t end_of_select(std::size_t i) const;
  /// Whether the comma before `i` separates terms of an ORDER BY.
  bool is_in_order_by(std::size_t i) const;
  /// The operand at the other side of the comparison or BETWEEN that tokens `begin` to `end` are an operand
  /// of.
  std::optional<std::span<const token>> compared_with(std::size_t begin, std::size_t end) const;

private:
  void match_brackets();
  void find_tables();
  std::size_t take_table(std::size_t i);
  std::span<const token> operand_before(std::size_t end) const;
  std::span<const token> operand_after(std::size_t begin) const;

  const std::vector<token>& tokens_;
  const schema& schema_;
  bool balanced_ = true;
  std::vector<std::size_t> partner_;
  std::vector<const table*> tables_;
  /// Lower-case alias and table; the table is null for sub-selects.
  std::vector<std::pair<std::string, const table*>> aliases_;
  /// By token: whether it names a table or an alias in a FROM.
  std::vector<bool> is_source_;
  std::string unknown_table_;
};

} // namespace tidemark::netsuite_sim
