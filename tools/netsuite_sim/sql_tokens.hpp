/// SuiteQL cut into tokens.
#pragma once

#include "messages/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidemark::netsuite_sim {

enum class token_kind : std::uint8_t { word, quoted_word, text, number, symbol, parameter };

struct token {
  token_kind kind;
  /// As it stands in the query: with its quotes, if any.
  std::string_view text;
  /// Upper case, for words.
  std::string upper = {};

  bool is(std::string_view word_or_symbol) const noexcept {
    return kind == token_kind::word ? upper == word_or_symbol
                                    : kind == token_kind::symbol && text == word_or_symbol;
  }
};

/// Views into `sql`. Comments are left out. Refuses characters that SuiteQL has no use for and texts that do
/// not end.
outcome<std::vector<token>> tokenize(std::string_view sql);

/// The content of a text token: without its quotes, doubled quotes made single.
std::string unquote(std::string_view literal);

std::string to_lower(std::string_view text);

} // namespace tidemark::netsuite_sim
