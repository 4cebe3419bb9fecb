/// Telling what came of a command: tables for people, one JSON object per line for programs.
#pragma once

#include "tools/tidemark/console.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/to_json.hpp"

namespace tidemark::cli {

inline exit_code complain(const console& to, const trouble& what) {
  to.complain(what);
  return what.code;
}

/// The answer by its `report` for people, by its `to_json` for programs. Of a list (one that has `items`),
/// each item is an object. One that lacks something is told, and is no success.
template <class Answer>
exit_code tell(const console& to, const attempt<Answer>& answer) {
  if (!answer) return complain(to, answer.error());
  auto code = exit_code::done;
  if constexpr (requires { shortfall(*answer); })
    if (auto missing = shortfall(*answer); !missing.empty())
      code = complain(to, {exit_code::failed, std::move(missing)});
  if (!to.json) {
    if constexpr (requires { report(*answer, wall_clock(), to.width()); })
      to.print(report(*answer, wall_clock(), to.width()));
    else
      to.print(report(*answer, to.width()));
  } else if constexpr (requires { items(*answer); }) {
    for (auto& item : items(*answer)) to.out(json_line(to_json(item)));
  } else {
    to.out(json_line(to_json(*answer)));
  }
  return code;
}

} // namespace tidemark::cli
