#include "tools/tidemark/run.hpp"

#include "tools/tidemark/follow_import.hpp"
#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/to_json.hpp"

#include <fmt/format.h>

#include <chrono>
#include <type_traits>

namespace tidemark::cli {

namespace {

unix_ms wall_clock() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

class runner {
public:
  explicit runner(const surroundings& with) : with_(with) {}

  exit_code operator()(const import_start_command& what) const;
  exit_code operator()(const import_status_command& what) const {
    return tell(with_.link.ask(query_import{what.id}));
  }
  exit_code operator()(const import_cancel_command& what) const;
  exit_code operator()(const import_pause_command& what) const {
    return tell(with_.link.ask(pause_import{what.id, with_.user}));
  }
  exit_code operator()(const import_resume_command& what) const {
    return begun(with_.link.ask(resume_import{what.id, with_.user}), what.wait);
  }
  exit_code operator()(const import_list_command& what) const;
  exit_code operator()(const import_watch_command& what) const { return follow(what.id, nullptr); }
  exit_code operator()(const record_types_command&) const;
  exit_code operator()(const plan_command& what) const {
    return tell(with_.link.ask(plan_import{what.tenant, what.record_type}));
  }
  exit_code operator()(const node_status_command&) const { return tell(with_.link.ask(query_node{})); }
  exit_code operator()(const version_command& what) const { return run_without_node(what, with_.to); }
  exit_code operator()(const help_command& what) const { return run_without_node(what, with_.to); }

private:
  exit_code complain(const trouble& what) const {
    with_.to.complain(what.sentence);
    return what.code;
  }

  /// Of an import that was started or resumed.
  exit_code begun(const attempt<import_status>& status, bool wait) const;

  exit_code follow(const std::string& id, const import_status* started) const {
    auto status = follow_import(with_, id, started);
    if (!status) return complain(status.error());
    bool errors =
        status->state == import_state::failed || status->state == import_state::completed_with_errors;
    if (errors && !with_.to.json)
      with_.to.print(
          {{{fmt::format("\"{} import status {}\" shows the errors", with_.program, id), tone::dim}}});
    return exit_code_of(status->state);
  }

  void print(const auto& answer) const {
    auto width = with_.to.width();
    if constexpr (requires { report(answer, wall_clock(), width); })
      with_.to.print(report(answer, wall_clock(), width));
    else
      with_.to.print(report(answer, width));
  }

  template <class Answer>
  exit_code tell(const attempt<Answer>& answer) const {
    if (!answer) return complain(answer.error());
    if (with_.to.json)
      with_.to.out(json_line(to_json(*answer)));
    else
      print(*answer);
    return exit_code::done;
  }

  const surroundings& with_;
};

exit_code runner::operator()(const import_start_command& what) const {
  auto status = with_.link.ask(start_import{what.tenant, what.record_type, import_mode::full, with_.user});
  if (!status && status.error().code >= exit_code::interrupted)
    return complain(
        {status.error().code,
         fmt::format("ended before the node answered; whether the import was started says \"{} import list "
                     "--tenant {}\"",
                     with_.program, what.tenant)});
  return begun(status, what.wait);
}

exit_code runner::begun(const attempt<import_status>& status, bool wait) const {
  if (!status) return complain(status.error());
  if (wait) return follow(status->id, &*status);
  if (with_.to.json) return tell(status);
  with_.to.print(
      {{{"import "},
        {status->id, tone::strong},
        {fmt::format(" of {} for tenant {} is ", status->record_type, status->tenant)},
        {std::string{to_string(status->state)}, tone_of(status->state)}},
       {{fmt::format("\"{} import watch {}\" shows how it goes", with_.program, status->id), tone::dim}}});
  return exit_code::done;
}

exit_code runner::operator()(const import_cancel_command& what) const {
  auto receipt = with_.link.ask(cancel_import{what.id, with_.user});
  if (!receipt && receipt.error().code >= exit_code::interrupted)
    return complain(
        {receipt.error().code,
         fmt::format("ended before the cancel was done; it goes on, and \"{} import cancel {}\" shows its "
                     "receipt",
                     with_.program, what.id)});
  return tell(receipt);
}

exit_code runner::operator()(const import_list_command& what) const {
  auto list = with_.link.ask(list_imports{what.tenant, what.limit});
  if (!list) return complain(list.error());
  if (with_.to.json)
    for (auto& status : list->imports) with_.to.out(json_line(to_json(status)));
  else
    print(*list);
  return exit_code::done;
}

exit_code runner::operator()(const record_types_command&) const {
  auto list = with_.link.ask(list_record_types{});
  if (!list) return complain(list.error());
  if (with_.to.json)
    for (auto& info : list->record_types) with_.to.out(json_line(to_json(info)));
  else
    print(*list);
  return exit_code::done;
}

} // namespace

exit_code run(const command& what, const surroundings& with) { return std::visit(runner{with}, what); }

exit_code run_without_node(const command& what, const console& to) {
  if (auto* help = std::get_if<help_command>(&what)) to.out(help->text);
  if (std::holds_alternative<version_command>(what)) {
    if (to.json)
      to.out(json_line({{"version", TIDEMARK_VERSION}, {"protocol", protocol_version}}));
    else
      to.out(fmt::format("tidemark {} (protocol {})\n", TIDEMARK_VERSION, protocol_version));
  }
  return exit_code::done;
}

} // namespace tidemark::cli
