#include "actors/batch.hpp"

#include "actors/batch_life_cycle.hpp"
#include "netsuite/requests.hpp"
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
  request(self, links.store, caf::infinite, pick_up_batch{job.import_id, job.row.number})
      .then(
          [this](const picked_up& picked) {
            job.row.counters.picked_up = picked.pick_up;
            reserve();
          },
          [this](const caf::error& error) {
            auto what_failed = to_failure(error);
            report(no_longer_wanted(what_failed.code) ? how::interrupted : how::failed, what_failed);
          });
}

void batch_run::reserve() {
  if (stopping) return report(how::interrupted);
  request(self, links.budget, caf::infinite, reserve_bytes{job.expected_bytes})
      .then([this](const bytes_reserved&) { fetch_page(false); },
            [this](const caf::error& error) { report(how::failed, to_failure(error)); });
}

void batch_run::fetch_page(bool retry) {
  if (stopping) return report(how::interrupted);
  auto sql = page_query(*job.what, {job.row.range, after, max_page_rows});
  wait_for_slot();
  call->start(
      self, make_query_request(links.account.base_url, sql, max_page_rows, 0, links.account.accept_language),
      retry, [this](call_result result) { page_arrived(std::move(result)); });
}

void batch_run::wait_for_slot() {
  delayed_send_self(self, job.patience[patience_index], tick{++timer_generation});
}

void batch_run::patience_over(std::uint64_t generation) {
  if (generation != timer_generation || !call) return;
  // While its login is renewed a batch does not stand in the queue yet.
  if (call->phase() == call_phase::authorizing) return wait_for_slot();
  if (call->phase() != call_phase::waiting) return;
  if (++patience_index == job.patience.size())
    return report(how::released, {ec::refused, "no slot became free in time"});
  wait_for_slot();
}

void batch_run::page_arrived(call_result result) {
  auto code = result.what.code;
  if (code == ec::cancelled || (stopping && !(draining && code == ec::none))) return report(how::interrupted);
  if (code == ec::none) return decode(result.response);
  if (code == ec::refused) {
    ++refusals;
    return fetch_page(true);
  }
  if (code == ec::authentication && !signed_anew) {
    // A request that was repeated on a fresh connection carries a nonce that NetSuite has seen. Signed anew
    // it passes, if the login is good; the credential bounds how often a bad one is tried.
    signed_anew = true;
    return fetch_page(true);
  }
  operation_id = result.response.operation_id;
  // A probe that finds the account still down says nothing about this batch.
  bool excused = result.probe && is_worth_retrying(code);
  report(excused ? how::released : how::failed, std::move(result.what));
}

void batch_run::decode(const http_response& response) {
  bytes += response.body->size();
  page_decoder decoder{*job.what};
  auto page = decoder.decode(*response.body, {job.row.range, after, max_page_rows});
  if (!page) {
    operation_id = response.operation_id;
    return report(how::failed, std::move(page.error()));
  }
  pages.push_back(std::move(page->records));
  if (!page->has_more) return write();
  after = page->last;
  patience_index = 0;
  fetch_page(false);
}

void batch_run::write() {
  writing = true;
  request(self, links.store, caf::infinite,
          batch_write{job.import_id, job.what->record_type, job.row.number, job.row.counters.picked_up,
                      job.row.range, refusals, std::move(pages)})
      .then([this](const batch_stored& stored) { report(how::completed, {}, stored); },
            [this](const caf::error& error) {
              auto what = to_failure(error);
              report(no_longer_wanted(what.code) ? how::interrupted : how::failed, what);
            });
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
  send(self, links.wave,
       pick_up_ended{job.row.number, ended, std::move(what), std::move(operation_id), refusals, stored,
                     bytes});
  self->quit();
}

batch_actor::behavior_type batch(batch_actor::stateful_pointer<batch_run> self, batch_job job,
                                 batch_links links) {
  state_of(self).start(std::move(job), std::move(links));
  return {
      [self](const stop_branch& order) { state_of(self).stop(order.drain); },
      [self](const tick& due) { state_of(self).patience_over(due.generation); },
  };
}

} // namespace tidemark
