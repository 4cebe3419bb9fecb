#include "actors/import/verifier.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/supervision.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

// What the pages of a piece take, as a rule: a thousand rows of a few hundred bytes.
constexpr std::uint64_t bytes_of_a_piece = 2U << 20U;

} // namespace

template <class Message, class Then>
void verifier_state::ask_store(Message message, Then then) {
  request(self, links.store, caf::infinite, std::move(message))
      .then(std::move(then), [this](const caf::error& error) { failed(to_failure(error)); });
}

void verifier_state::start(verifier_job what, verifier_links with) {
  job = std::move(what);
  links = std::move(with);
  query.emplace(self, links.account, job.import_id, job.max_attempts);
  ask_store(count_keys{job.what->record_type, 0, {}}, [this](const key_counts& all) {
    // Where there is nothing to make ranges of, one bucket holds everything.
    width = job.what->has_ranges() ? bucket_width(all.total, all.extent)
                                   : std::numeric_limits<std::int64_t>::max();
    begin_pass();
  });
}

http_request verifier_state::request_for(const std::string& sql) const {
  return make_query_request(links.account.base_url, sql, max_page_rows);
}

// -- comparing
// ---------------------------------------------------------------------------------------------------

void verifier_state::begin_pass() {
  comparison = {};
  kept_aside = 0;
  next_bucket.reset();
  ask_buckets();
}

void verifier_state::ask_buckets() {
  query->ask(request_for(bucket_query(*job.what, width, next_bucket)), [this](outcome<http_response> answer) {
    if (!answer) return failed(answer.error());
    buckets_arrived(*answer);
  });
}

/// A table without rows is believed only if a count without groups and order says so, too: what is stored
/// would be taken for gone.
void verifier_state::count_rows() {
  query->ask(request_for(count_query(*job.what, std::nullopt, {})), [this](outcome<http_response> answer) {
    if (!answer) return failed(answer.error());
    auto rows = decode_count(*answer->body);
    if (!rows) return failed(rows.error());
    if (rows->total > 0)
      return failed({ec::server, fmt::format("it counts {} records and groups none", rows->total)});
    counted_empty = true;
    ask_buckets();
  });
}

void verifier_state::buckets_arrived(const http_response& response) {
  auto page = decode_buckets(*response.body);
  if (!page) return failed(page.error());
  if (page->buckets.empty() && !next_bucket && !counted_empty) return count_rows();
  compared_at = response.server_date != 0 ? response.server_date : wall_now();
  bool has_more = page->has_more && !page->buckets.empty();
  key_range range{std::nullopt, std::numeric_limits<std::int64_t>::max()};
  if (next_bucket) range.after = range_of(*next_bucket, width).after;
  if (has_more) {
    range.up_to = range_of(page->buckets.back().bucket, width).up_to;
    next_bucket = page->buckets.back().bucket + 1;
  }
  last_part = !has_more;
  ask_store(count_keys{job.what->record_type, width, range},
            [this, theirs = std::move(page->buckets)](const key_counts& ours) {
              auto runs = comparison.add(theirs, ours.buckets);
              kept_aside += ours.kept_aside;
              if (repaired || runs.empty()) return part_over();
              for (auto& x : runs)
                to_repair.push_back({range_of(x.first, width).after, range_of(x.last, width).up_to});
              reserve();
            });
}

void verifier_state::part_over() {
  if (last_part) return pass_over();
  ask_buckets();
}

void verifier_state::pass_over() {
  if (!repaired) return settle();
  if (comparison.differing() == 0 && kept_aside > 0)
    return report(proof::differs,
                  fmt::format("{} of {} records: {} could not be stored and are kept aside as rejected",
                              comparison.their_rows() - std::min(kept_aside, comparison.their_rows()),
                              comparison.their_rows(), kept_aside));
  if (comparison.differing() == 0)
    return report(proof::complete, fmt::format("complete, {} records", comparison.their_rows()));
  report(proof::differs,
         fmt::format("{} ranges of keys differ although they were imported once more, as they do while "
                     "records change: {}",
                     comparison.differing(), describe(comparison, width)));
}

void verifier_state::settle() {
  ask_store(settle_missing{job.import_id, job.what->record_type, noted},
            [this](const type_finished& row) { settled(row.type); });
}

void verifier_state::settled(const type_row& row) {
  if (over) return;
  type = row;
  repaired = true;
  if (comparison.differing() == 0) return pass_over();
  repairs = comparison.differing();
  // They differ still: a second pass would say nothing else.
  if (row.held > 0)
    return report(proof::differs,
                  fmt::format("{} of {} live records are not in the account; their deletion is held",
                              row.held, row.held_of));
  begin_pass();
}

// -- repairing
// ---------------------------------------------------------------------------------------------------

void verifier_state::reserve() {
  request(self, links.budget, caf::infinite, room_for(links.account, job.import_id, bytes_of_a_piece))
      .then([this](const bytes_reserved&) { next_range(); },
            [this](const caf::error& error) { failed(to_failure(error)); });
}

void verifier_state::next_range() {
  if (over) return;
  if (to_repair.empty()) {
    send(self, links.budget, release_bytes{bytes_of_a_piece});
    return part_over();
  }
  walk.emplace(to_repair.front(), *job.what);
  to_repair.pop_front();
  fetch_page();
}

void verifier_state::fetch_page() {
  query->ask(make_page_request(links.account.base_url, {job.what, walk->next()}),
             [this](outcome<http_response> answer) {
               if (!answer) return failed(answer.error());
               page_arrived(*answer);
             });
}

void verifier_state::page_arrived(const http_response& response) {
  auto page = page_decoder{*job.what}.decode(*response.body, walk->next());
  if (!page) return failed(page.error());
  if (page->has_more && !page->last)
    return failed({ec::server, "a page that others follow has no record with a key"});
  pages.push_back(std::move(page->records));
  if (auto piece = walk->arrived(page->has_more, page->last.value_or(row_cursor{}))) return write(*piece);
  fetch_page();
}

void verifier_state::write(const key_range& piece) {
  batch_write what;
  what.import_id = job.import_id;
  what.record_type = job.what->record_type;
  what.range = piece;
  what.pages = std::exchange(pages, {});
  ask_store(repair_range{std::move(what), !std::exchange(noted, true)}, [this](const batch_stored&) {
    if (over) return;
    if (walk->over()) return next_range();
    fetch_page();
  });
}

// -- the end
// -----------------------------------------------------------------------------------------------------

void verifier_state::failed(const failure& what) {
  report(proof::failed, fmt::format("could not be compared with the account: {}", what.message), what);
}

void verifier_state::report(proof result, std::string text, failure why) {
  if (over) return;
  over = true;
  verification found{result, compared_at, comparison.their_rows(), repairs, std::move(text)};
  send(self, links.parent,
       type_verified{job.what->record_type, std::move(found), type, std::move(why),
                     comparison.differing() == 0 ? kept_aside : 0});
  self->quit();
}

void verifier_state::stop() {
  if (over) return;
  over = true;
  if (query->stop([this] { self->quit(); })) self->quit();
}

finishing_actor::behavior_type verifier(finishing_actor::stateful_pointer<verifier_state> self,
                                        verifier_job job, verifier_links links) {
  name_exceptions(self);
  state_of(self).start(std::move(job), std::move(links));
  return {
      [self](const stop_branch&) { state_of(self).stop(); },
      [self](const tick& due) { state_of(self).delay_over(due.generation); },
  };
}

} // namespace tidemark
