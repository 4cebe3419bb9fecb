#include "actors/import/deletion_run.hpp"

#include <algorithm>

#include "actors/clock.hpp"
#include "actors/supervision.hpp"
#include "netsuite/projection.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

template <class Message, class Then>
void deletion_run_state::ask_store(Message message, Then then) {
  request(self, store, caf::infinite, std::move(message))
      .then(std::move(then), [this](const caf::error& error) { report(to_failure(error)); });
}

void deletion_run_state::start(deletion_job what, account_services account, store_actor database,
                               finishing_parent whom) {
  job = std::move(what);
  store = std::move(database);
  parent = std::move(whom);
  query.emplace(self, std::move(account), job.import_id, job.max_attempts);
  load_marks question;
  for (auto& record_type : job.record_types) {
    auto* described = job.types->find(record_type);
    if (described == nullptr || described->set) continue;
    asked.push_back(described);
    question.record_types.push_back(record_type);
  }
  ask_store(std::move(question), [this](const type_marks& marks) { marks_known(marks); });
}

void deletion_run_state::marks_known(const type_marks& marks) {
  if (marks.marks.empty()) return report({});
  auto oldest = std::ranges::min(marks.marks, {}, &type_mark::deletes_until).deletes_until;
  auto needed = oldest - std::chrono::duration_cast<std::chrono::milliseconds>(job.look_back).count();
  job.since = job.since == 0 ? needed : std::min(job.since, needed);
  ask_store(load_deletion_log{}, [this](const deletion_log& known) { log_known(known); });
}

void deletion_run_state::log_known(const deletion_log& known) {
  ways.emplace(log_way_of(known.way));
  findings.emplace(*job.types, asked, known);
  ask_page();
}

http_request deletion_run_state::request_for(const std::string& sql) const {
  auto& account = query->services();
  return make_query_request(account.base_url, sql, max_page_rows);
}

void deletion_run_state::ask_page() {
  query->ask(request_for(deletions_query(ways->present(), job.since, from)),
             [this](outcome<http_response> answer) {
               if (!answer) return ask_otherwise(answer.error());
               page_arrived(*answer);
             });
}

/// Another way begins anew: what was taken away is not there to be taken away again.
void deletion_run_state::ask_otherwise(const failure& refusal) {
  if (!ways->refused(refusal)) return report(refusal);
  from.reset();
  ask_page();
}

void deletion_run_state::page_arrived(const http_response& response) {
  auto page = decode_deletions(*response.body);
  if (!page) return report(std::move(page.error()));
  auto following = next_page(*page, from);
  if (!following) return report(std::move(following.error()));
  next = *following;
  keys = findings->take(std::move(*page));
  next_type();
}

void deletion_run_state::next_type() {
  if (keys.empty()) return page_over();
  auto& [type, named] = *keys.begin();
  auto& record_type = asked[type]->name;
  ask_store(find_live{record_type, named, sets_of(record_type)},
            [this](const live_keys& live) { check_present(live.keys); });
}

void deletion_run_state::check_present(const std::vector<std::int64_t>& live) {
  if (live.empty()) return type_over();
  auto what = project(*asked[keys.begin()->first]);
  query->ask(request_for(present_query(what, live)), [this, live](outcome<http_response> answer) {
    auto present = answer ? decode_keys(*answer->body) : std::unexpected(std::move(answer.error()));
    if (!present) return report(std::move(present.error()));
    auto gone = live;
    std::erase_if(gone, [&](auto key) { return std::ranges::find(*present, key) != present->end(); });
    findings->answered(keys.begin()->first, *present, gone);
    take_away(std::move(gone));
  });
}

void deletion_run_state::take_away(std::vector<std::int64_t> gone) {
  auto& record_type = asked[keys.begin()->first]->name;
  ask_store(delete_records{job.import_id, record_type, std::move(gone), sets_of(record_type)},
            [this, record_type](const records_deleted& taken) {
              if (taken.count > 0) deleted[record_type] += taken.count;
              type_over();
            });
}

void deletion_run_state::type_over() {
  keys.erase(keys.begin());
  next_type();
}

void deletion_run_state::page_over() {
  if (next) {
    from = next;
    return ask_page();
  }
  deletes_read read{{}, job.up_to, findings->found(), first_day_of(job.since)};
  read.found.way = to_text(ways->present());
  for (auto* each : asked) read.record_types.push_back(each->name);
  notes = notes_on(findings->found(), ways->present(), wall_now());
  ask_store(std::move(read), [this](const done&) { report({}); });
}

std::vector<std::string> deletion_run_state::sets_of(const std::string& record_type) const {
  std::vector<std::string> sets;
  for (auto& known : job.types->record_types())
    if (known.set && known.set->parent == record_type) sets.push_back(known.name);
  return sets;
}

void deletion_run_state::report(failure what) {
  if (over) return;
  over = true;
  send(self, parent, deletions_done{std::move(what), std::move(deleted), std::move(notes)});
  self->quit();
}

void deletion_run_state::stop() {
  if (over) return;
  over = true;
  if (query->stop([this] { self->quit(); })) self->quit();
}

finishing_actor::behavior_type deletion_run(finishing_actor::stateful_pointer<deletion_run_state> self,
                                            deletion_job job, account_services account, store_actor database,
                                            finishing_parent parent) {
  name_exceptions(self);
  state_of(self).start(std::move(job), std::move(account), std::move(database), std::move(parent));
  return {
      [self](const stop_branch&) { state_of(self).stop(); },
      [self](const tick& due) { state_of(self).delay_over(due.generation); },
  };
}

} // namespace tidemark
