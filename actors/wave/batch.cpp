#include "actors/wave/batch.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/supervision.hpp"
#include "actors/wave/batch_life_cycle.hpp"
#include "netsuite/misfits.hpp"
#include "netsuite/rejections.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

using how = pick_up_ended::how;

/// The ledger no longer wants what this pick-up brings: the import was stopped, or has another owner.
bool no_longer_wanted(ec code) { return code == ec::stale || code == ec::fenced; }

} // namespace

void batch_run::start(batch_job what, batch_links with) {
  job = std::move(what);
  links = std::move(with);
  call.emplace(links.account, job.import_id);
  if (job.wanted == purpose::search) {
    reading = column_search{job.what};
    found = {error_code_from_string(job.row.error_code).value_or(ec::server), job.why};
  } else if (job.wanted == purpose::careful)
    reading = careful_reading{job.what, job.row.range, job.why, job.row.weight};
  else
    reading = range_reading{job.what, job.row.range, job.page_rows, job.at_least};
  request(self, links.store, caf::infinite, pick_up_batch{job.import_id, job.row.number})
      .then(
          [this](const picked_up& picked) {
            job.row.counters.picked_up = picked.pick_up;
            set_out();
          },
          [this](const caf::error& error) { store_refused(error); });
}

void batch_run::set_out() {
  begun = true;
  auto deaths = fmt::format("whoever reads it dies: {} times so far", job.row.blamed);
  if (job.wanted == purpose::split) return report(how::failed, {ec::internal, std::move(deaths)});
  if (job.wanted == purpose::reject_unread) return reject_unread();
  reserve();
}

/// Its page is never asked for again by this import.
void batch_run::reject_unread() {
  auto nothing = std::make_shared<record_set>(job.what->names());
  nothing->reject({unread_key(*job.what, job.row.range),
                   fmt::format("reading it has ended the process {} times", job.row.blamed),
                   {}});
  write({std::move(nothing)});
}

void batch_run::reserve() {
  if (stopping) return report(how::interrupted);
  if (job.first_page) return write({std::move(job.first_page)});
  begin_wait();
  request(self, links.budget, caf::infinite, room_for(links.account, job.import_id, job.expected_bytes))
      .then([this](const bytes_reserved&) { fetch_page(false); },
            [this](const caf::error& error) { report(how::failed, to_failure(error)); });
}

void batch_run::fetch_page(bool retry) {
  if (stopping) return report(how::interrupted);
  // Only what a batch brings in is bound to what has changed; a search may look anywhere.
  auto scope = std::holds_alternative<range_reading>(reading) ? job.scope : row_scope{};
  auto& url = links.account.base_url;
  asked = std::visit([](auto& x) { return x.next(); }, reading);
  auto wanted = counting ? make_query_request(url, count_query(*job.what, job.row.range, scope))
                         : make_page_request(url, asked, scope);
  call->start(self, std::move(wanted), retry,
              [this](call_result result) { page_arrived(std::move(result)); });
}

/// The wait goes on, and its patience with it, while room is reserved, a login is renewed and a refused
/// request is repeated: only an answer ends it.
void batch_run::begin_wait() {
  patience_index = 0;
  ++timer_generation;
  await_patience();
}

void batch_run::await_patience() {
  auto next = std::min(patience_index, job.patience.size() - 1);
  delayed_send_self(self, job.patience[next], tick{timer_generation});
}

bool batch_run::out_of_patience() const { return patience_index == job.patience.size(); }

void batch_run::patience_over(std::uint64_t generation) {
  if (generation != timer_generation || !call) return;
  if (!out_of_patience()) ++patience_index;
  if (out_of_patience() && call->phase() == call_phase::waiting)
    return released("no slot became free in time");
  if (out_of_patience() && call->phase() == call_phase::idle)
    return released("no room for its answers became free in time");
  await_patience();
}

void batch_run::released(std::string why) { report(how::released, {ec::refused, std::move(why)}); }

void batch_run::page_arrived(call_result result) {
  auto code = result.what.code;
  if (result.slots != 0) seen.slots = result.slots;
  if (code == ec::cancelled || (stopping && !(draining && code == ec::none))) return report(how::interrupted);
  if (code == ec::refused) {
    ++refusals;
    if (out_of_patience()) return released("no request of it was accepted in time");
    return fetch_page(true);
  }
  ++timer_generation; // the wait is over
  if (code == ec::none) return look_at(std::move(result.response));
  seen.operation_id = result.response.operation_id;
  // A failure that was part of an outage says nothing about this batch.
  if (result.excused && is_worth_retrying(code)) return report(how::released, std::move(result.what));
  failed(std::move(result.what));
}

/// What ends the process from here on is in the answer. That is worth a write only for a batch under
/// suspicion.
void batch_run::look_at(http_response response) {
  if (job.row.deaths < deaths_to_run_alone || arrival_noted) return decode(response);
  arrival_noted = true;
  auto kept = std::make_shared<const http_response>(std::move(response));
  request(self, links.store, caf::infinite,
          note_arrival{job.import_id, job.row.number, job.row.counters.picked_up})
      .then([this, kept](const done&) { decode(*kept); },
            [this](const caf::error& error) { store_refused(error); });
}

void batch_run::store_refused(const caf::error& error) {
  auto what = to_failure(error);
  report(no_longer_wanted(what.code) ? how::interrupted : how::failed, what);
}

void batch_run::decode(const http_response& response) {
  seen.bytes += response.body->size();
  if (counting) return count_arrived(response);
  page_decoder decoder{*asked.what};
  auto page = decoder.decode(*response.body, asked.page);
  if (!page) {
    seen.operation_id = response.operation_id;
    return failed(std::move(page.error()));
  }
  if (auto* whole = std::get_if<range_reading>(&reading)) {
    seen.pages.push_back({page->count, response.body->size(), response.duration});
    whole->passed(std::move(*page));
    if (!whole->finished() && seen.bytes > job.most_bytes)
      return report(how::failed,
                    {ec::body_too_large, fmt::format("the range {} holds more than {} bytes of answers",
                                                     to_string(job.row.range), job.most_bytes)});
  } else if (auto* search = std::get_if<column_search>(&reading)) {
    search->answered(true);
  } else {
    std::get<careful_reading>(reading).passed(std::move(*page), *response.body);
  }
  go_on();
}

void batch_run::count_arrived(const http_response& response) {
  auto count = decode_count(*response.body);
  outcome<void> verdict;
  if (!count)
    verdict = std::unexpected(std::move(count.error()));
  else
    verdict = std::holds_alternative<range_reading>(reading)
                  ? std::get<range_reading>(reading).counted(count->total)
                  : std::get<careful_reading>(reading).counted(count->total);
  if (verdict) return go_on();
  seen.operation_id = response.operation_id;
  report(how::failed, std::move(verdict.error()));
}

/// The end of the pick-up, unless failures are what it is looking for.
void batch_run::failed(failure what) {
  if (auto* whole = std::get_if<range_reading>(&reading); whole != nullptr && refuses_the_query(what.code)) {
    if (counting) return whole->not_counted() ? go_on() : report(how::failed, std::move(what));
    if (whole->refused()) return go_on();
  }
  if (counting) return report(how::failed, std::move(what));
  auto* search = std::get_if<column_search>(&reading);
  bool is_sought = may_lie_in_content(what.code) || (search != nullptr && refuses_the_query(what.code));
  if (!is_sought || std::holds_alternative<range_reading>(reading))
    return report(how::failed, std::move(what));
  if (search != nullptr) {
    search->answered(false);
    found = std::move(what);
  } else {
    std::get<careful_reading>(reading).failed(what);
  }
  go_on();
}

void batch_run::go_on() {
  if (auto* search = std::get_if<column_search>(&reading)) {
    if (search->result() != column_search::verdict::open) return report_search(search->result());
  } else if (auto* whole = std::get_if<range_reading>(&reading)) {
    if (whole->finished()) return write(whole->take_pages());
  } else if (auto& careful = std::get<careful_reading>(reading); careful.finished()) {
    return write(careful.take_pages());
  }
  counting = must_count();
  begin_wait();
  fetch_page(false);
}

bool batch_run::must_count() const {
  if (auto* whole = std::get_if<range_reading>(&reading)) return whole->must_count();
  auto* careful = std::get_if<careful_reading>(&reading);
  return careful != nullptr && careful->must_count();
}

void batch_run::report_search(column_search::verdict verdict) {
  using enum pick_up_ended::finding;
  seen.columns = std::get<column_search>(reading).broken();
  seen.found = verdict == column_search::verdict::columns_broken ? columns_broken
               : verdict == column_search::verdict::columns_fine ? columns_fine
                                                                 : table_broken;
  report(how::failed, std::move(found));
}

void batch_run::write(std::vector<std::shared_ptr<const record_set>> pages) {
  misfit_tally columns;
  for (auto& page : pages) columns.add(*page, *job.what);
  if (auto odd = columns.repeated(*job.what); !odd.empty() && job.wanted == purpose::fetch)
    return report_misfits(std::move(odd));
  seen.seen = columns.seen();
  writing = true;
  request(self, links.store, caf::infinite,
          batch_write{job.import_id, job.what->record_type, job.row.number, job.row.counters.picked_up,
                      job.row.range, refusals, pages})
      .then(
          [this, pages](const batch_stored& stored) {
            rejection_tally reasons;
            reasons.add_written(pages, stored.rejected);
            seen.rejections = reasons.counts();
            report(how::completed, {}, stored);
          },
          [this](const caf::error& error) { store_refused(error); });
}

/// Nothing is stored: the range is read again without them.
void batch_run::report_misfits(std::vector<column_evidence> odd) {
  failure why{ec::rejected, misfit_text(job.what->record_type, odd.front()), odd.front().column};
  seen.found = pick_up_ended::finding::columns_misfit;
  seen.misfits = std::move(odd);
  report(how::failed, std::move(why));
}

pick_up_phase batch_run::phase() const {
  using enum pick_up_phase::at;
  if (!begun || writing) return {job.row.number, store};
  switch (call->phase()) {
  case call_phase::authorizing: return {job.row.number, login};
  case call_phase::waiting: return {job.row.number, slot};
  case call_phase::transferring:
  case call_phase::judging: return {job.row.number, pick_up_phase::at::request};
  case call_phase::idle: break;
  }
  return {job.row.number, budget};
}

void batch_run::stop(bool drain) {
  if (stopping && (drain || !draining)) return;
  stopping = true;
  draining = drain;
  // A write under way is decided by the ledger; its answer ends this actor. So does the end of an open
  // transfer.
  if (writing) return;
  if (call && call->phase() == call_phase::transferring) {
    if (!drain) call->cancel(self);
    return;
  }
  report(how::interrupted);
}

void batch_run::report(pick_up_ended::how ended, failure what, batch_stored stored) {
  seen.batch = job.row.number;
  seen.ended = ended;
  seen.what = std::move(what);
  seen.refusals = refusals;
  seen.stored = stored;
  send(self, links.wave, std::move(seen));
  self->quit();
}

batch_actor::behavior_type batch(batch_actor::stateful_pointer<batch_run> self, batch_job job,
                                 batch_links links) {
  name_exceptions(self);
  state_of(self).start(std::move(job), std::move(links));
  return {
      [self](const stop_branch& order) { state_of(self).stop(order.drain); },
      [self](const query_pick_up&) { return state_of(self).phase(); },
      [self](const tick& due) { state_of(self).patience_over(due.generation); },
  };
}

} // namespace tidemark
