#include "actors/import/verifier.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/clock.hpp"
#include "actors/failure_reach.hpp"
#include "actors/supervision.hpp"
#include "netsuite/page_decoder.hpp"
#include "netsuite/page_query.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"
#include "netsuite/value_sums.hpp"

namespace tidemark {

namespace {

// What the pages of a piece take, as a rule: a thousand rows of a few hundred bytes.
constexpr std::uint64_t bytes_of_a_piece = 2U << 20U;

std::string names_of(const std::vector<value_sum>& sums) {
  std::vector<std::string> names;
  for (auto& x : sums) names.push_back(x.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

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
  sample = range_sample{job.deep, job.import_id};
  auto count = [this] {
    ask_store(count_keys{job.what->record_type, 0, {}}, [this](const key_counts& all) {
      // Where there is nothing to make ranges of, one bucket holds everything.
      width = job.what->has_ranges() ? bucket_width(all.total, all.extent)
                                     : std::numeric_limits<std::int64_t>::max();
      choose_sums(all.sums_left_out);
      begin_pass();
    });
  };
  if (job.deep == 0) return count();
  ask_store(leave_out_sums{job.what->record_type, {}, {}}, [count](const done&) { count(); });
}

http_request verifier_state::request_for(const std::string& sql) const {
  return make_query_request(links.account.base_url, sql, max_page_rows);
}

// -- comparing
// ---------------------------------------------------------------------------------------------------

void verifier_state::begin_pass() {
  comparison = {};
  rejected = {};
  read_more = false;
  next_bucket.reset();
  if (!repaired) sample = range_sample{job.deep, job.import_id};
  ask_buckets();
}

key_range verifier_state::rest_of_pass() const {
  key_range range{std::nullopt, std::numeric_limits<std::int64_t>::max()};
  if (next_bucket) range.after = range_of(*next_bucket, width).after;
  return range;
}

void verifier_state::ask_buckets() {
  query->ask(request_for(bucket_query(*job.what, width, rest_of_pass(), sums())),
             [this](outcome<http_response> answer) {
               if (answer) return buckets_arrived(*answer);
               if (!may_be_the_sums(answer.error())) return failed(answer.error());
               sums_failure = answer.error();
               is_about_the_query(sums_failure.code) ? try_sum(0) : go_without_sums();
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
  auto page = decode_buckets(*response.body, sums().size());
  if (!page) return failed(page.error());
  if (!lie_within(page->buckets, rest_of_pass(), width))
    return failed({ec::server, "it answers with ranges of keys that were not asked for, or out of order"});
  if (!sums_are_read(*page, [this, response] { buckets_arrived(response); })) return;
  note_untried();
  if (!refused_sums.empty())
    return leave_out(std::exchange(refused_sums, {}),
                     fmt::format("the account refuses to add them up: {}", sums_failure.message),
                     [this, response] { buckets_arrived(response); });
  if (page->buckets.empty() && !next_bucket && !counted_empty) return count_rows();
  compared_at = response.server_date != 0 ? response.server_date : wall_now();
  bool has_more = page->has_more && !page->buckets.empty();
  auto range = rest_of_pass();
  if (has_more) {
    range.up_to = range_of(page->buckets.back().bucket, width).up_to;
    has_more = range.up_to < std::numeric_limits<std::int64_t>::max();
  }
  if (has_more) next_bucket = page->buckets.back().bucket + 1;
  last_part = !has_more;
  ask_store(count_keys{job.what->record_type, width, range, sums()},
            [this, theirs = std::move(page->buckets)](const key_counts& ours) {
              auto found = comparison.add(theirs, ours.buckets);
              rejected.aside += ours.kept_aside;
              rejected.older += ours.kept_older;
              if (repaired) return part_over();
              for (auto& x : theirs) sample.add(x.bucket);
              values.add(std::move(found.values), found.coverage);
              if (found.keys.empty()) return prove_values();
              for (auto& x : found.keys)
                to_repair.push_back({range_of(x.first, width).after, range_of(x.last, width).up_to});
              read_again([this] { prove_values(); });
            });
}

void verifier_state::part_over() {
  if (last_part) return pass_over();
  ask_buckets();
}

void verifier_state::pass_over() {
  if (!repaired && job.deep > 0 && !to_sample) {
    to_sample = sample.chosen();
    sampled.ranges = sample.told();
    return next_sampled();
  }
  if (!repaired) return settle();
  if (comparison.differing() > 0)
    return report(proof::differs,
                  fmt::format("{} ranges of keys differ although they were imported once more, as they do "
                              "while records change: {}",
                              comparison.differing(), describe(comparison, width)));
  read_more ? count_kept() : conclude();
}

/// What was read again since may have brought what was rejected before, and the other way round.
void verifier_state::count_kept() {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  ask_store(count_keys{job.what->record_type, most, {std::nullopt, most}, {}}, [this](const key_counts& all) {
    rejected = {all.kept_aside, all.kept_older};
    conclude();
  });
}

/// The same records as in the account: complete if all of them are here with all of their values, as far as
/// was looked.
void verifier_state::conclude() {
  auto rows = comparison.their_rows();
  auto not_here = rejected.aside + rejected.older;
  std::vector<std::string> lacking;
  if (rejected.aside > 0) lacking.push_back(fmt::format("{} rejected", rejected.aside));
  if (rejected.older > 0)
    lacking.push_back(fmt::format("{} rejected and here as {} before", rejected.older,
                                  rejected.older == 1 ? "it was" : "they were"));
  if (type && !type->kept_aside.empty()) lacking.push_back(type->kept_aside);
  bool is_complete = lacking.empty() && !sampled.says_of_others();
  auto text = not_here > 0 ? fmt::format("{} of {}, ", rows - std::min(not_here, rows), rows)
                           : fmt::format("{}{} records{}", is_complete ? "complete, " : "", rows,
                                         lacking.empty() ? "" : "; ");
  text += fmt::format("{}", fmt::join(lacking, "; "));
  if (auto found = describe(values); !found.empty()) text += "; " + found;
  if (sampled.sampled > 0) text += "; " + describe(sampled);
  if (job.compares_values && !job.left_out.empty())
    text += fmt::format("; without {}, which imports leave out", fmt::join(job.left_out, ", "));
  note_renewed();
  if (is_complete) return report(proof::complete, std::move(text));
  // Of values that are kept aside a note of the store's tells.
  code = not_here > 0 ? "records_kept_aside" : sampled.says_of_others() ? "ranges_differ" : "";
  report(proof::differs, std::move(text));
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

// -- values
// ---------------------------------------------------------------------------------------------------

void verifier_state::choose_sums(const std::vector<value_sum>& left_out) {
  if (job.compares_values) values = value_proof{choose_value_sums(*job.what, left_out)};
}

const std::vector<value_sum>& verifier_state::sums() const {
  static const std::vector<value_sum> none;
  return repaired || without_sums ? none : values.sums();
}

/// Sums that are no numbers are left out from now on, and `then` is called. True if there is none that was
/// not known.
bool verifier_state::sums_are_read(const bucket_page& page, std::function<void()> next) {
  std::vector<std::size_t> odd;
  for (auto& x : page.unreadable) odd.push_back(x.index);
  auto left_out = values.leave_out(odd);
  if (left_out.empty()) return true;
  leave_out(
      std::move(left_out),
      fmt::format("their sums are no numbers in the account's answer: '{}'", page.unreadable.front().text),
      std::move(next));
  return false;
}

/// Once it is known which sums the account makes, it is something else.
bool verifier_state::may_be_the_sums(const failure& what) const {
  bool may_be_too_much =
      what.code == ec::server || what.code == ec::timeout || what.code == ec::body_too_large;
  return (is_about_the_query(what.code) || may_be_too_much) && !sums().empty()
         && sums_failure.code == ec::none;
}

void verifier_state::try_sum(std::size_t index) {
  if (index == values.sums().size()) return sums_tried();
  query->ask(request_for(sum_sample_query(*job.what, values.sums()[index])),
             [this, index](outcome<http_response> answer) {
               auto code = answer ? ec::none : answer.error().code;
               if (stands_in_the_way(code)) return failed(answer.error());
               auto& sum = values.sums()[index];
               if (is_about_the_query(code)) refused_sums.push_back(sum);
               if (!answer && !is_about_the_query(code)) do_without({sum}, answer.error());
               try_sum(index + 1);
             });
}

/// If none of them was refused by itself, all of them together are too much for the account. Whether it was
/// the sums at all is seen once the query passes without.
void verifier_state::sums_tried() {
  if (refused_sums.empty() && untried.empty()) refused_sums = values.sums();
  auto passing = values.sums();
  for (auto* gone : {&refused_sums, &untried})
    std::erase_if(passing, [&](auto& x) { return std::ranges::find(*gone, x) != gone->end(); });
  values = value_proof{passing};
  begin_pass();
}

/// The account has trouble, which says nothing about sums: the rest is compared without, and the next
/// comparison asks for them again.
void verifier_state::go_without_sums() {
  do_without(values.leave_out_all(), sums_failure);
  without_sums = true;
  ask_buckets();
}

void verifier_state::do_without(const std::vector<value_sum>& which, const failure& why) {
  untried.insert(untried.end(), which.begin(), which.end());
  trouble = why.message;
}

void verifier_state::note_untried() {
  if (untried.empty()) return;
  auto subject = names_of(std::exchange(untried, {}));
  note("values_not_compared", subject,
       fmt::format("the values of {} of {} are not compared this time: {}", subject, job.what->record_type,
                   trouble));
}

void verifier_state::leave_out(std::vector<value_sum> which, const std::string& why,
                               std::function<void()> next) {
  auto subject = names_of(which);
  note("values_left_out", subject,
       fmt::format("the values of {} of {} are not compared from now on: {}; \"verify --deep\" tries again",
                   subject, job.what->record_type, why));
  ask_store(leave_out_sums{job.what->record_type, std::move(which), why},
            [next = std::move(next)](const done&) { next(); });
}

void verifier_state::prove_values() {
  if (over) return;
  auto bucket = values.next();
  if (!bucket) return part_over();
  read_again(range_of(*bucket, width), [this, bucket = *bucket] { compare_again(bucket); });
}

void verifier_state::compare_again(std::int64_t bucket) {
  query->ask(request_for(bucket_query(*job.what, width, range_of(bucket, width), sums())),
             [this, bucket](outcome<http_response> answer) {
               if (!answer) return failed(answer.error());
               compared_again(bucket, *answer);
             });
}

void verifier_state::compared_again(std::int64_t bucket, const http_response& response) {
  auto page = decode_buckets(*response.body, sums().size());
  if (!page) return failed(page.error());
  if (!sums_are_read(*page, [this, bucket, response] { compared_again(bucket, response); })) return;
  ask_store(count_keys{job.what->record_type, width, range_of(bucket, width), sums()},
            [this, theirs = std::move(page->buckets)](const key_counts& ours) {
              auto now = key_comparison{}.add(theirs, ours.buckets).values;
              auto left_out = values.compared(records_changed,
                                              now.empty() ? std::vector<std::size_t>{} : now.front().sums);
              if (left_out.empty()) return prove_values();
              leave_out(std::move(left_out), "ranges that were just read differ in their sum",
                        [this] { prove_values(); });
            });
}

void verifier_state::next_sampled() {
  if (over) return;
  if (!to_sample || to_sample->empty()) return settle();
  auto bucket = to_sample->back();
  to_sample->pop_back();
  read_again(range_of(bucket, width), [this] {
    ++sampled.sampled;
    sampled.records += records_read;
    sampled.stale_records += records_changed;
    if (records_changed > 0) ++sampled.stale_ranges;
    next_sampled();
  });
}

// -- reading again
// ---------------------------------------------------------------------------------------------------

void verifier_state::read_again(const key_range& range, std::function<void()> next) {
  to_repair.push_back(range);
  read_again(std::move(next));
}

void verifier_state::read_again(std::function<void()> next) {
  then = std::move(next);
  read_more = true;
  records_read = records_changed = 0;
  request(self, links.budget, caf::infinite, room_for(links.account, job.import_id, bytes_of_a_piece))
      .then([this](const bytes_reserved&) { next_range(); },
            [this](const caf::error& error) { failed(to_failure(error)); });
}

void verifier_state::next_range() {
  if (over) return;
  if (to_repair.empty()) {
    send(self, links.budget, release_bytes{bytes_of_a_piece});
    return std::exchange(then, nullptr)();
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
  bool is_doubtful = !page->has_more && (page->count == 0 || page->promised > 0);
  if (is_doubtful) return count_piece(std::make_shared<data_page>(std::move(*page)));
  take(std::move(*page));
}

/// An empty page is not believed at once: what it does not bring would be taken for gone.
void verifier_state::count_piece(std::shared_ptr<data_page> page) {
  auto piece = walk->next().range;
  query->ask(request_for(count_query(*job.what, piece, {})),
             [this, page = std::move(page), piece](outcome<http_response> answer) {
               auto rows = answer ? decode_count(*answer->body) : std::unexpected(std::move(answer.error()));
               if (!rows) return failed(rows.error());
               auto come = rows_of_piece + page->fresh;
               if (rows->total <= come && !page->beyond) return take(std::move(*page));
               if (std::exchange(asked_again, true))
                 return failed({ec::server, fmt::format("it counts {} records in {} and gives {} of them",
                                                        rows->total, to_string(piece), come)});
               fetch_page();
             });
}

void verifier_state::take(data_page page) {
  asked_again = false;
  rows_of_piece += page.fresh;
  pages.push_back(std::move(page.records));
  auto piece = walk->arrived(page.has_more, page.last.value_or(row_cursor{}));
  if (!piece) return fetch_page();
  rows_of_piece = 0;
  write(*piece);
}

void verifier_state::write(const key_range& piece) {
  batch_write what;
  what.import_id = job.import_id;
  what.record_type = job.what->record_type;
  what.range = piece;
  what.pages = std::exchange(pages, {});
  ask_store(repair_range{std::move(what), !std::exchange(noted, true)}, [this](const batch_stored& stored) {
    if (over) return;
    records_read += stored.stored;
    records_changed += stored.stored - std::min(stored.stored, stored.unchanged);
    if (walk->over()) return next_range();
    fetch_page();
  });
}

// -- the end
// -----------------------------------------------------------------------------------------------------

void verifier_state::failed(const failure& what) {
  report(proof::failed, fmt::format("could not be compared with the account: {}", what.message), what);
}

void verifier_state::note(std::string code, std::string subject, std::string text) {
  notes.push_back({job.what->record_type, std::move(code), std::move(subject), std::move(text), wall_now()});
}

std::string verifier_state::method() const {
  std::string text{"counts and sums of keys"};
  if (auto compared = describe(values.standing()); !compared.empty()) text += "; " + compared;
  if (sampled.sampled > 0)
    text += fmt::format("; {} of {} ranges value by value", sampled.sampled, sampled.ranges);
  return text;
}

void verifier_state::note_renewed() {
  std::vector<std::string> found;
  if (values.ranges_renewed() > 0) found.push_back(describe(values));
  if (sampled.stale_records > 0) found.push_back(describe(sampled));
  if (found.empty()) return;
  note("values_renewed", {}, fmt::format("{}: {}", job.what->record_type, fmt::join(found, "; ")));
}

void verifier_state::report(proof result, std::string text, failure why) {
  if (over) return;
  over = true;
  verification found{result,  compared_at,     comparison.their_rows(),
                     repairs, std::move(text), result == proof::failed ? std::string{} : method()};
  send(self, links.parent,
       type_verified{job.what->record_type, std::move(found), type, std::move(why), code, std::move(notes)});
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
