/// Commands that put one message to the node and tell its answer.
#pragma once

#include "tools/tidemark/grammar.hpp"
#include "tools/tidemark/pages.hpp"
#include "tools/tidemark/surroundings.hpp"
#include "tools/tidemark/tell.hpp"

#include <string>
#include <utility>

namespace tidemark::cli {

/// Who asks is filled in where a message wants to know.
template <class Question>
Question signed_by(Question what, const surroundings& with) {
  if constexpr (requires { what.requested_by; }) what.requested_by = with.user;
  return what;
}

/// Declares a command whose words fill a message of `session_actor`. Its answer needs a `report`
/// (reports.hpp) and a `to_json` (to_json.hpp), and `items` there if it is a list. Of a list that comes in
/// pages all that are wanted are told as one.
template <class Question>
entry_builder<Question> ask(grammar& to, std::string words, std::string brief) {
  return to.add<Question>(std::move(words), std::move(brief),
                          [](const Question& what, const surroundings& with) {
                            if constexpr (paged_question<Question>)
                              return tell_pages(with, what);
                            else
                              return tell(with.to, with.link.ask(signed_by(what, with)));
                          });
}

} // namespace tidemark::cli
