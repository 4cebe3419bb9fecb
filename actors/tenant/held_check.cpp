#include "actors/tenant/held_check.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "actors/supervision.hpp"
#include "messages/caf_error.hpp"
#include "netsuite/page_query.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/suiteql.hpp"

namespace tidemark {

namespace {

/// The projection with its rows bound to those that have one of these.
projection bound_to(projection what, const std::vector<std::int64_t>& keys) {
  auto condition = fmt::format("t.{} IN ({})", what.range_column(), fmt::join(keys, ","));
  what.filter = what.filter.empty() ? condition : fmt::format("({}) AND {}", what.filter, condition);
  return what;
}

} // namespace

template <class Message, class Then>
void held_check_state::ask_store(Message message, Then then) {
  request(self, settings.store, caf::infinite, std::move(message))
      .then(std::move(then), [this](const caf::error& error) { fail(to_failure(error)); });
}

void held_check_state::begin(held_check_settings with) {
  settings = std::move(with);
  query.emplace(self, settings.account, "", settings.max_attempts);
}

caf::result<shown_records> held_check_state::start(const find_shown& wanted) {
  promise = make_promise<shown_records>(self);
  left = wanted.held;
  next_type();
  return promise;
}

void held_check_state::next_type() {
  while (!left.empty() && left.back().keys.empty()) left.pop_back();
  if (!left.empty()) {
    ask_store(prepare_table{record_type()}, [this](const table_prepared& table) { prepared(table); });
    return;
  }
  promise.deliver(std::move(result));
  self->quit();
}

void held_check_state::prepared(const table_prepared& table) {
  auto* described = settings.types->find(record_type());
  if (described == nullptr)
    return fail({ec::conflict, fmt::format("the criteria do not describe {} any more, so the account cannot "
                                           "be asked for what is held of it",
                                           record_type())});
  // As it was read: a number that is made of other columns would be another one.
  column_ways ways;
  for (auto* known : {&table.left_out, &table.ways, &table.lacks})
    for (auto& each : *known)
      if (each.record_type == record_type()) take_way(ways, each);
  whole = narrowed(project(*described, ways), {});
  found.clear();
  to_ask.clear();
  for (auto& key : left.back().keys) to_ask.push_back(key.ranged);
  to_ask.erase(std::ranges::unique(to_ask).begin(), to_ask.end());
  ask_store(sample_live{record_type(), 2 * most_controls},
            [this](const live_keys& sample) { choose_controls(sample.keys); });
}

void held_check_state::choose_controls(const std::vector<std::int64_t>& live) {
  std::vector<std::int64_t> others;
  std::ranges::copy_if(live, std::back_inserter(others),
                       [&](auto key) { return !std::ranges::binary_search(to_ask, key); });
  controls = control_sample{others};
  next_part();
}

/// Where records cannot be asked for by key all of them are.
void held_check_state::next_part() {
  auto count =
      whole.has_ranges() ? std::min(to_ask.size(), most_listed_keys - controls.keys().size()) : to_ask.size();
  std::vector<std::int64_t> part(to_ask.end() - static_cast<std::ptrdiff_t>(count), to_ask.end());
  to_ask.resize(to_ask.size() - count);
  part.insert(part.end(), controls.keys().begin(), controls.keys().end());
  what = whole.has_ranges() ? bound_to(whole, part) : whole;
  decoder.emplace(*what);
  page = {{std::nullopt, std::numeric_limits<std::int64_t>::max()}};
  seen_by.clear();
  ask_page();
}

void held_check_state::ask_page() {
  query->ask(make_page_request(settings.account.base_url, {std::make_shared<const projection>(*what), page}),
             [this](outcome<http_response> answer) {
               if (!answer) return fail(answer.error());
               page_arrived(*answer);
             });
}

void held_check_state::page_arrived(const http_response& response) {
  auto got = decoder->decode(*response.body, page);
  if (!got) return fail(got.error());
  if (!got->records->rejected().empty() || (got->has_more && !got->last))
    return fail({ec::server,
                 fmt::format("the account shows records of {} whose keys cannot be read", record_type())});
  for (std::size_t i = 0; i < got->records->size(); ++i) {
    auto row = got->records->row(i);
    stored_key key;
    key.ranged = row[what->parent.value_or(what->key)].number;
    if (what->parent) key.within = row[what->key].number;
    seen_by.insert(key.ranged);
    if (std::ranges::binary_search(left.back().keys, key)) found.push_back(key);
  }
  if (!got->has_more) return part_over();
  page.after = got->last;
  ask_page();
}

void held_check_state::part_over() {
  if (!controls.keys().empty() && !controls.shown_in({seen_by.begin(), seen_by.end()}))
    return fail({ec::conflict,
                 fmt::format("the account does not show records of {} either of which nobody has found that "
                             "they are gone: its role sees less than it did, or its answer is not whole",
                             record_type())});
  if (!to_ask.empty()) return next_part();
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  result.shown.push_back({record_type(), std::exchange(found, {})});
  left.pop_back();
  next_type();
}

void held_check_state::fail(const failure& why) {
  promise.deliver(to_caf_error(why));
  self->quit();
}

held_check_actor::behavior_type held_check(held_check_actor::stateful_pointer<held_check_state> self,
                                           held_check_settings settings) {
  name_exceptions(self);
  state_of(self).begin(std::move(settings));
  return {
      [self](const find_shown& wanted) { return state_of(self).start(wanted); },
      [self](const tick& due) { state_of(self).delay_over(due.generation); },
  };
}

} // namespace tidemark
