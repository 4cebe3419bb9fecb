#include "actors/tenant/reader.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/supervision.hpp"
#include "messages/caf_error.hpp"

namespace tidemark {

namespace {

batch_info describe_batch(const batch_row& row) {
  batch_info info;
  info.number = row.number;
  info.record_type = row.record_type;
  info.from_start = !row.range.after;
  info.after = row.range.after.value_or(0);
  info.up_to = row.range.up_to;
  info.weight = row.weight;
  info.state = row.state;
  info.counters = row.counters;
  info.deaths = row.deaths;
  info.stored = row.stored;
  info.rejected = row.rejected;
  info.error_code = row.error_code;
  info.error_text = row.error_text;
  info.operation_id = row.operation_id;
  return info;
}

outcome<ledger_snapshot> answer_to(ledger_reader& ledger, const query_import& wanted) {
  return ledger.load_import(wanted.id);
}

outcome<import_summaries> answer_to(ledger_reader& ledger, const list_imports& wanted) {
  auto page = ledger.imports(wanted.after, wanted.limit);
  if (!page) return std::unexpected(std::move(page.error()));
  return import_summaries{std::move(page->rows), std::move(page->next)};
}

outcome<batch_list> answer_to(ledger_reader& ledger, const list_batches& wanted) {
  auto state = from_string<batch_state>(wanted.state);
  if (!wanted.state.empty() && !state)
    return fail(ec::bad_request,
                fmt::format("{} is no state of a batch; use pending, running, completed, failed, split or "
                            "cancelled",
                            wanted.state),
                "state");
  auto page = ledger.batches(wanted.id, {wanted.record_type, state}, wanted.after, wanted.limit);
  if (!page) return std::unexpected(std::move(page.error()));
  batch_list list{wanted.id, {}, page->left_off, page->next};
  for (auto& row : page->rows) list.batches.push_back(describe_batch(row));
  return list;
}

outcome<rejected_list> answer_to(ledger_reader& ledger, const list_rejected& wanted) {
  auto page = ledger.rejected_records(wanted.record_type, wanted.after, wanted.limit);
  if (!page) return std::unexpected(std::move(page.error()));
  return rejected_list{std::move(page->rows), page->next};
}

outcome<error_report> answer_to(ledger_reader& ledger, const query_errors& wanted) {
  return ledger.errors(wanted.import_id, wanted.after, wanted.limit);
}

/// Answers one question, then ends.
reader_actor::behavior_type reading(reader_actor::pointer self, const reader_settings& settings) {
  name_exceptions(self);
  auto answer = [self, settings](const auto& question) {
    self->quit();
    auto ledger = settings.open(question.url, settings.lock_patience, question.known);
    using result = decltype(answer_to(**ledger, question.what));
    return to_result(ledger ? answer_to(**ledger, question.what)
                            : result{std::unexpected(std::move(ledger.error()))});
  };
  return {[=](const ask_ledger<query_import>& x) { return answer(x); },
          [=](const ask_ledger<list_imports>& x) { return answer(x); },
          [=](const ask_ledger<list_batches>& x) { return answer(x); },
          [=](const ask_ledger<list_rejected>& x) { return answer(x); },
          [=](const ask_ledger<query_errors>& x) { return answer(x); }};
}

} // namespace

template <class Answer, class Question>
caf::result<Answer> reader_state::take(const ask_ledger<Question>& question) {
  auto promise = make_promise<Answer>(self);
  turns.add(question.url, [promise, question](const reader_actor& who) { promise.delegate(who, question); });
  begin_next();
  return promise;
}

void reader_state::begin_next() {
  while (auto turn = turns.next()) {
    auto who = settings.threads ? self->spawn<caf::detached + caf::monitored>(reading, settings)
                                : self->spawn<caf::monitored>(reading, settings);
    answering.emplace(who.address(), turn->database);
    turn->question(who);
  }
}

void reader_state::thread_over(const caf::actor_addr& who) {
  if (auto known = answering.extract(who)) turns.over(known.mapped());
  begin_next();
}

reader_actor::behavior_type reader(reader_actor::stateful_pointer<reader_state> self,
                                   reader_settings settings) {
  name_exceptions(self);
  auto* state = &state_of(self);
  state->settings = std::move(settings);
  self->set_down_handler([state](const caf::down_msg& down) { state->thread_over(down.source); });
  return {[=](const ask_ledger<query_import>& x) { return state->take<ledger_snapshot>(x); },
          [=](const ask_ledger<list_imports>& x) { return state->take<import_summaries>(x); },
          [=](const ask_ledger<list_batches>& x) { return state->take<batch_list>(x); },
          [=](const ask_ledger<list_rejected>& x) { return state->take<rejected_list>(x); },
          [=](const ask_ledger<query_errors>& x) { return state->take<error_report>(x); }};
}

} // namespace tidemark
