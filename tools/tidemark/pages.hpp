/// Lists that come in pages: the node is asked for one after another until as many rows as wanted are there.
#pragma once

#include "tools/tidemark/surroundings.hpp"
#include "tools/tidemark/tell.hpp"

#include <algorithm>
#include <concepts>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace tidemark::cli {

/// A question whose answer may be a part of the list, and says where another one goes on.
template <class Question>
concept paged_question = requires(Question what, answer_to<Question> answer) {
  what.limit;
  what.after = answer.next;
};

inline auto& rows(import_list& list) { return list.imports; }
inline auto& rows(batch_list& list) { return list.batches; }
inline auto& rows(rejected_list& list) { return list.records; }
inline auto& rows(audit_list& list) { return list.entries; }
inline auto& rows(error_report& report) { return report.last; }

/// Adds the page that follows.
template <class Answer>
void append(Answer& list, Answer page) {
  std::ranges::move(rows(page), std::back_inserter(rows(list)));
  list.next = page.next;
  if constexpr (requires { list.left_off; }) list.left_off = page.left_off;
  // Every page asks everybody, so each has all that is missing now.
  if constexpr (requires { list.missing; })
    if (list.missing.empty()) list.missing = std::move(page.missing);
}

/// Calls `take(answer)` with each page of a list, at most `what.limit` rows of it in all. Whatever fails ends
/// it.
template <paged_question Question, std::invocable<answer_to<Question>> Take>
attempt<void> for_each_page(node_link& link, Question what, Take take) {
  while (true) {
    auto page = link.ask(what);
    if (!page) return std::unexpected(std::move(page.error()));
    auto count = rows(*page).size();
    what.after = page->next;
    bool last = what.after == decltype(what.after){} || count == 0 || count >= what.limit;
    take(std::move(*page));
    if (last) return {};
    what.limit -= static_cast<decltype(what.limit)>(count);
  }
}

/// Tells a whole list as `tell` does one answer. For programs each page is told when it is there; a table
/// needs all of its rows.
template <paged_question Question>
exit_code tell_pages(const surroundings& with, const Question& what) {
  using answer = answer_to<Question>;
  std::optional<answer> all;
  auto code = exit_code::done;
  auto told = for_each_page(with.link, what, [&](answer page) {
    if constexpr (requires { items(page); }) {
      if (with.to.json) return void(code = std::max(code, tell<answer>(with.to, std::move(page))));
    }
    if (all)
      append(*all, std::move(page));
    else
      all = std::move(page);
  });
  if (!told) return complain(with.to, told.error());
  return all ? tell<answer>(with.to, std::move(*all)) : code;
}

} // namespace tidemark::cli
