#include "actors/monitor/alert_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "messages/store_words.hpp"
#include "netsuite/login_refusal.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using seconds_of = std::chrono::duration<double>;

// Shares of less than this say nothing.
constexpr std::uint64_t least_batches = 5;
constexpr std::uint64_t least_pick_ups = 10;
constexpr std::uint64_t least_requests = 50;

// The rate of an import means little before it has run for a while, and over less than this.
constexpr auto rate_window = std::chrono::seconds{300};
constexpr auto least_rate_span = std::chrono::seconds{60};

// Twice the time of an import that takes seconds is no matter for people.
constexpr double least_long_ms = 60'000;

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Percent, whole where it is close to whole.
std::string percent(double value) { return fmt::format("{:.3g} %", value); }

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::uint64_t grown(std::uint64_t before, std::uint64_t after) { return after > before ? after - before : 0; }

bool runs(import_state state) { return state == import_state::planning || state == import_state::running; }

bool refuses_login(const import_status& status) {
  if (status.state == import_state::paused) return status.paused_by == pause_cause::credentials;
  return status.state == import_state::failed && status.error.starts_with("authentication");
}

/// One alert per tenant, main record type and mode, whichever import it was.
alert_subject key_of_failure(const std::string& tenant, const std::string& record_type, import_mode mode) {
  return {tenant, {}, {}, fmt::format("{} ({})", record_type, to_string(mode))};
}

/// How work goes on when its hindrance is gone.
std::string way_on(const std::string& tenant, const suspension& held) {
  if (!held.active()) return "imports go on by themselves";
  return fmt::format("the tenant is suspended, too: its imports go on with \"tidemark tenant resume {}\"",
                     tenant);
}

/// What helps against the trouble of this tenant's database; empty where only the rule's general advice is
/// left.
std::string remedy_of(const tenant_sample& tenant) {
  using namespace store_words;
  constexpr std::array passing{
      std::pair{locked,
                "close the program that locks it (a backup, a writer, a reader that does not end), or "
                "let it finish"},
      std::pair{full, "free space on its disk"},
      std::pair{not_writable, "give the node's user write permission to the file and its folder"},
      std::pair{not_openable, "make sure that its folder is there and that the node's user may write to it"},
      std::pair{io_error, "look at its disk, and the space left on it"},
      std::pair{no_memory, "give the node more memory"},
      std::pair{moved, "put the file back where it was, or do as the text says to go on without it"},
  };
  constexpr std::array lasting{
      std::pair{damaged, "stop the node, restore the database from a backup, or move it away and import in "
                         "full"},
      std::pair{foreign, "the file is not tidemark's: move it away, or name another one for the tenant"},
      std::pair{other_account,
                "give the tenant a database of its own for that account, or set the account back, "
                "and reload"},
      std::pair{other_tenant, "give the tenant a database of its own, or set its id back, and reload; or "
                              "write the new id into the database, as docs/operations.md has it"},
      std::pair{altered, "undo what was changed in tidemark's tables, or restore the database from a backup"},
  };
  auto is_named = [&](auto& entry) { return entry.first == tenant.last.native_code; };
  if (auto found = std::ranges::find_if(passing, is_named); found != passing.end())
    return fmt::format("{}; {}", found->second, way_on(tenant.tenant, tenant.suspended));
  auto found = std::ranges::find_if(lasting, is_named);
  return found == lasting.end() ? std::string{} : found->second;
}

template <class Samples, class Time>
void forget_before(Samples& samples, Time at) {
  while (samples.size() > 1 && samples[1].at <= at) samples.pop_front();
}

} // namespace

double attempt_preservation(const import_status& status) {
  auto& n = status.pick_ups;
  auto ended = std::uint64_t{n.completed} + n.failed_attempts + n.split + n.released + n.interrupted
               + status.batches.running;
  auto most = std::max<std::uint64_t>(n.picked_up, ended);
  auto least = std::min<std::uint64_t>(n.picked_up, ended);
  return most == 0 ? 1.0 : static_cast<double>(least) / static_cast<double>(most);
}

alert_rules::alert_rules(const alerts_config& config) : config_(config), board_(make_alert_rules(config)) {}

void alert_rules::forget_tenant(const std::string& tenant, moment now) {
  std::erase_if(imports_, [&](auto& entry) { return entry.second.head.tenant == tenant; });
  ends_.erase(tenant);
  tenants_.erase(tenant);
  board_.clear_all([&](auto& about) { return about.tenant == tenant; }, now);
}

void alert_rules::keep_types(const std::string& tenant, const std::set<std::string>& record_types,
                             moment now) {
  for (auto& each : board_.up()) {
    bool is_gone = each.about.tenant == tenant && !record_types.contains(each.about.name);
    if (each.id != alert_id::import_failed || !is_gone) continue;
    for (auto mode : {import_mode::full, import_mode::incremental, import_mode::verify})
      board_.clear(each.id, key_of_failure(tenant, each.about.name, mode), now);
  }
}

void alert_rules::forget_account(const std::string& account, moment now) {
  requests_.erase(account);
  board_.clear_all([&](auto& about) { return about.account == account; }, now);
}

void alert_rules::raise(alert what, moment now) {
  auto key = what.about;
  board_.raise(std::move(what), key, now);
}

std::vector<import_status> alert_rules::imports() const {
  std::vector<import_status> result;
  for (auto& [id, import] : imports_) result.push_back(import.head);
  return result;
}

// -- imports
// -------------------------------------------------------------------------------------------------------

void alert_rules::see(const import_status& head, std::string_view kind, std::uint64_t batch, moment now) {
  auto [entry, added] = imports_.try_emplace(head.id);
  auto& import = entry->second;
  // What was before we looked is counted by nobody: of a new import it is nothing.
  auto before = added || import.head.unseen ? head : import.head;
  import.head = head;
  import.head.types.clear();
  import.head.notes.clear();
  import.seen_at = now.steady;
  count_ends(before, head, now);
  follow_batch(import, kind, batch, now);
  check_login(before, head, kind, now);
  check_preservation(head, now);
  change_state(import, before, now);
  if (!is_final(head.state)) return;
  imports_.erase(entry);
  import_over(head, now);
}

void alert_rules::see_past(const import_status& head, bool superseded, moment now) {
  if (superseded && refuses_login(head)) return import_over(head, now);
  see(head, "import_state", 0, now);
}

void alert_rules::count_ends(const import_status& before, const import_status& after, moment now) {
  batch_ends ends{now.steady, grown(before.batches.completed, after.batches.completed),
                  grown(before.batches.failed, after.batches.failed),
                  grown(before.pick_ups.failed_attempts, after.pick_ups.failed_attempts)};
  if (ends.completed + ends.failed + ends.failed_attempts == 0) return;
  auto& known = ends_[after.tenant];
  if (known.empty() || now.steady - known.back().at >= 1s) {
    known.push_back(ends);
    return;
  }
  known.back().completed += ends.completed;
  known.back().failed += ends.failed;
  known.back().failed_attempts += ends.failed_attempts;
}

void alert_rules::follow_batch(watched_import& import, std::string_view kind, std::uint64_t batch,
                               moment now) {
  if (batch == 0) return;
  if (kind == "batch_running") import.open.try_emplace(batch, now.steady);
  if (kind == "batch_completed" || kind == "batch_failed" || kind == "batch_split"
      || kind == "batch_cancelled")
    import.open.erase(batch);
}

void alert_rules::change_state(watched_import& import, const import_status& before, moment now) {
  auto& head = import.head;
  bool running = runs(head.state);
  if (!running && !import.paused_at) import.paused_at = now.steady;
  if (running && import.paused_at) {
    import.paused += duration_cast<milliseconds>(now.steady - *import.paused_at);
    import.paused_at.reset();
  }
  if (runs(before.state) == running) return;
  import.open.clear();
  import.stored.clear();
}

void alert_rules::check_login(const import_status& before, const import_status& after, std::string_view kind,
                              moment now) {
  alert_subject key{after.tenant, {}, {}, {}};
  if (refuses_login(after)) return raise_refused_login({after.tenant, {}, after.id, {}}, after.error, now);
  // Past its first request, or with a page that came: the login is good.
  bool let_in = before.state == import_state::planning && after.state == import_state::running;
  if (let_in || kind == "batch_completed" || after.state == import_state::completed)
    board_.clear(alert_id::authentication, key, now);
}

void alert_rules::raise_refused_login(const alert_subject& about, const std::string& why, moment now) {
  alert what;
  what.id = alert_id::authentication;
  what.about = about;
  what.text = fmt::format("the login of tenant {}: {}", about.tenant, without_login_failed(why));
  board_.raise(std::move(what), {about.tenant, {}, {}, {}}, now);
}

void alert_rules::check_preservation(const import_status& head, moment now) {
  alert_subject about{head.tenant, {}, head.id, {}};
  auto value = attempt_preservation(head) * 100;
  if (value >= 100 && !board_.is_up(alert_id::attempts_not_preserved, about)) return;
  board_.measure(alert_id::attempts_not_preserved, about, value,
                 fmt::format("import {}: {} pick-ups, but {} of them accounted for", head.id,
                             head.pick_ups.picked_up, percent(value)),
                 now);
}

void alert_rules::import_over(const import_status& head, moment now) {
  alert_subject about{head.tenant, {}, head.id, {}};
  for (auto id : {alert_id::import_long, alert_id::import_slow, alert_id::oldest_batch,
                  alert_id::attempts_not_preserved})
    board_.clear(id, about, now);
  if (head.state == import_state::failed) {
    alert what;
    what.id = alert_id::import_failed;
    what.about = {head.tenant, {}, head.id, head.record_type};
    what.text =
        fmt::format("the {} import of {} failed: {}", to_string(head.mode), head.record_type, head.error);
    board_.raise(std::move(what), key_of_failure(head.tenant, head.record_type, head.mode), now);
  } else if (head.state != import_state::cancelled) {
    // What could not be compared is there now, too.
    for (auto mode : {head.mode, import_mode::verify})
      board_.clear(alert_id::import_failed, key_of_failure(head.tenant, head.record_type, mode), now);
  }
}

std::vector<import_status> alert_rules::without_history() const {
  std::vector<import_status> result;
  for (auto& [id, import] : imports_)
    if (!import.history_known && runs(import.head.state)) result.push_back(import.head);
  return result;
}

void alert_rules::set_history(const std::string& import_id, const std::vector<past_import>& past) {
  auto found = imports_.find(import_id);
  if (found == imports_.end()) return;
  found->second.history_known = true;
  if (past.size() < std::max<std::size_t>(config_.least_history, 1)) return;
  std::vector<double> durations;
  std::vector<double> rates;
  for (auto& x : past) {
    auto ms = static_cast<double>(std::max<unix_ms>(x.duration, 1));
    durations.push_back(ms);
    rates.push_back(static_cast<double>(x.records) / ms * 1000);
  }
  found->second.usual = history{median(std::move(durations)), median(std::move(rates))};
}

// -- time passes
// ---------------------------------------------------------------------------------------------------

void alert_rules::look(moment now) {
  for (auto& [id, import] : imports_) look_at(import, now);
  for (auto& [tenant, ends] : ends_) look_at_tenant(tenant, ends, now);
}

void alert_rules::look_at(watched_import& import, moment now) {
  auto& head = import.head;
  if (!runs(head.state)) return;
  alert_subject about{head.tenant, {}, head.id, {}};

  auto oldest = now.steady;
  for (auto& [batch, since] : import.open) oldest = std::min(oldest, since);
  // Nothing happens at all although something is left to do.
  if (head.batches.pending + head.batches.running > 0) oldest = std::min(oldest, import.seen_at);
  auto age = seconds_of(now.steady - oldest).count();
  board_.measure(alert_id::oldest_batch, about, age,
                 fmt::format("import {}: its oldest batch was picked up {} ago and has not ended", head.id,
                             duration(age)),
                 now);

  import.stored.emplace_back(now.steady, head.records.stored);
  while (import.stored.size() > 2 && now.steady - import.stored.front().first > rate_window)
    import.stored.pop_front();
  if (!import.usual) return;
  auto& usual = *import.usual;
  if (head.started_at > 0) {
    auto took = static_cast<double>(now.wall - head.started_at - import.paused.count());
    auto share = usual.duration < least_long_ms ? 0 : took / usual.duration * 100;
    board_.measure(alert_id::import_long, about, share,
                   fmt::format("import {} of {} has run for {}; {} is usual", head.id, head.record_type,
                               duration(took / 1000), duration(usual.duration / 1000)),
                   now);
  }
  auto span = seconds_of(now.steady - import.stored.front().first);
  if (head.batches.pending + head.batches.running == 0 || span < least_rate_span || usual.rate <= 0) return;
  auto rate = static_cast<double>(grown(import.stored.front().second, head.records.stored)) / span.count();
  board_.measure(alert_id::import_slow, about, rate / usual.rate * 100,
                 fmt::format("import {} of {} stores {:.3g} records per second; {:.3g} are usual", head.id,
                             head.record_type, rate, usual.rate),
                 now);
}

void alert_rules::look_at_tenant(const std::string& tenant, std::deque<batch_ends>& ends, moment now) {
  while (!ends.empty() && now.steady - ends.front().at > config_.window) ends.pop_front();
  batch_ends sum;
  for (auto& x : ends) {
    sum.completed += x.completed;
    sum.failed += x.failed;
    sum.failed_attempts += x.failed_attempts;
  }
  auto share = [](std::uint64_t part, std::uint64_t all, std::uint64_t least) {
    return all < least ? 0.0 : static_cast<double>(part) / static_cast<double>(all) * 100;
  };
  alert_subject about{tenant, {}, {}, {}};
  auto over = duration(seconds_of(config_.window).count());
  auto batches = sum.completed + sum.failed;
  board_.measure(
      alert_id::batch_failures, about, share(sum.failed, batches, least_batches),
      fmt::format("tenant {}: {} of {} batches failed in the last {}", tenant, sum.failed, batches, over),
      now);
  auto pick_ups = sum.completed + sum.failed_attempts;
  board_.measure(alert_id::retries, about, share(sum.failed_attempts, pick_ups, least_pick_ups),
                 fmt::format("tenant {}: {} of {} pick-ups ended in a failed attempt in the last {}", tenant,
                             sum.failed_attempts, pick_ups, over),
                 now);
}

// -- accounts, databases, the process
// ------------------------------------------------------------------------------

void alert_rules::see(const pool_status& pool, moment now) {
  alert_subject about{{}, pool.account, {}, {}};
  auto used = pool.busy_1m / 100.0;
  board_.measure(alert_id::utilization, about, used,
                 fmt::format("account {}: {} of its {} slots in use over the last minute, {} requests wait",
                             pool.account, percent(used), pool.limit - std::min(pool.limit, pool.reserve),
                             pool.waiting),
                 now);

  auto& samples = requests_[pool.account];
  // A pool that began anew counts from zero.
  if (!samples.empty() && (pool.granted < samples.back().granted || pool.refused < samples.back().refused))
    samples.clear();
  samples.push_back({now.steady, pool.granted, pool.refused});
  forget_before(samples, now.steady - config_.window);
  auto granted = pool.granted - samples.front().granted;
  auto refused = pool.refused - samples.front().refused;
  auto share =
      granted < least_requests ? 0.0 : static_cast<double>(refused) / static_cast<double>(granted) * 100;
  board_.measure(
      alert_id::refusals, about, share,
      fmt::format(
          "account {}: {} of {} requests refused in the last {} although at most {} were open at once",
          pool.account, refused, granted, duration(seconds_of(now.steady - samples.front().at).count()),
          pool.limit),
      now);

  board_.measure(alert_id::account_down, about, pool.outage ? 1 : 0,
                 fmt::format("account {} does not answer: {}", pool.account, pool.outage_reason), now,
                 remedy_of_outage(pool.account));
}

/// Empty where the rule's advice is right: nobody goes on by themselves while a person holds them.
std::string alert_rules::remedy_of_outage(const std::string& account) const {
  std::vector<std::string> held;
  bool all = true;
  for (auto& [id, tenant] : tenants_) {
    if (tenant.account != account) continue;
    if (tenant.suspended.active())
      held.push_back(fmt::format("\"tidemark tenant resume {}\"", id));
    else
      all = false;
  }
  if (held.empty()) return {};
  auto lasts = "If it lasts, look at NetSuite's status page, the network and base_url";
  if (all)
    return fmt::format(
        "its tenants are suspended: nobody asks the account, and no import goes on, before {}. {}",
        fmt::join(held, ", "), lasts);
  return fmt::format("nothing: imports wait, and go on by themselves when it answers; those of suspended "
                     "tenants with {} only. {}",
                     fmt::join(held, ", "), lasts);
}

void alert_rules::see(const tenant_sample& tenant, moment now) {
  auto [entry, added] = tenants_.try_emplace(tenant.tenant);
  auto before = std::exchange(entry->second, tenant);
  check_store(before, tenant, now);
  static const std::vector<held_deletions> none;
  if (tenant.held)
    check_held(tenant.tenant, before.held ? *before.held : none, *tenant.held, now);
  else
    entry->second.held = std::move(before.held); // as last known
  if (!tenant.suspension_known) return;
  alert_subject about{tenant.tenant, {}, {}, {}};
  if (tenant.suspended.active() && !tenant.suspended.by_command)
    raise_refused_login(about, tenant.suspended.reason, now);
  else if (!tenant.suspended.active())
    board_.clear(alert_id::authentication, about,
                 now); // it is tried once more; a refusal would suspend again
}

/// One alert per record type, about the newest import that holds some.
void alert_rules::check_held(const std::string& tenant, const std::vector<held_deletions>& before,
                             const std::vector<held_deletions>& after, moment now) {
  auto key = [&](const held_deletions& x) { return alert_subject{tenant, {}, {}, x.record_type}; };
  for (auto& x : before)
    if (std::ranges::find(after, x.record_type, &held_deletions::record_type) == after.end())
      board_.clear(alert_id::deletions_held, key(x), now);
  for (auto x = after.begin(); x != after.end(); ++x) {
    if (auto next = x + 1; next != after.end() && next->record_type == x->record_type) continue;
    alert what;
    what.id = alert_id::deletions_held;
    what.about = {tenant, {}, x->import_id, x->record_type};
    what.value = static_cast<double>(x->count);
    what.text = fmt::format("{} of {} live records of {} did not come in import {}: none of them is deleted",
                            x->count, x->of, x->record_type, x->import_id);
    what.remedy =
        fmt::format("if they are gone in the account, \"tidemark import accept-deletions {} --type {}\"; if "
                    "the role sees less than before, give it back its permissions and import in full "
                    "again",
                    x->import_id, x->record_type);
    board_.raise(std::move(what), key(*x), now);
  }
}

void alert_rules::check_store(const tenant_sample& before, const tenant_sample& after, moment now) {
  alert_subject about{after.tenant, {}, {}, {}};
  bool trouble = after.failures > before.failures || after.away;
  bool defect = after.last.code == ec::store_defect;
  auto text = fmt::format("tenant {}: {}", after.tenant,
                          after.last.message.empty() ? "its database does not answer" : after.last.message);
  auto remedy = remedy_of(after);
  if (remedy.empty() && !defect && after.suspended.active())
    remedy = fmt::format("look at the node's log for what is in its way; {}",
                         way_on(after.tenant, after.suspended));
  board_.measure(alert_id::store_unavailable, about, trouble && !defect ? 1 : 0, text, now, remedy);
  board_.measure(alert_id::store_defect, about, trouble && defect ? 1 : 0, text, now, remedy);
  auto delay = seconds_of(after.delay).count();
  board_.measure(alert_id::store_slow, about, delay,
                 fmt::format("the database of tenant {} takes {} to answer", after.tenant, duration(delay)),
                 now);
  auto log = megabytes(after.log_bytes);
  board_.measure(
      alert_id::log_grows, about, log,
      fmt::format("the log (-wal) of tenant {}'s database has grown to {:.0f} MB: somebody reads the "
                  "database in one transaction that does not end, so that it cannot be written back",
                  after.tenant, log),
      now);
}

void alert_rules::see(const resource_sample& resources, moment now) {
  auto share = [](std::uint64_t part, std::uint64_t all) {
    return all == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(all) * 100;
  };
  auto limit = config_.memory_limit > 0 ? std::optional{config_.memory_limit} : resources.memory_limit;
  if (resources.memory && limit) {
    auto used = share(*resources.memory, *limit);
    board_.measure(alert_id::memory, {}, used,
                   fmt::format("the node uses {:.0f} MB of memory, {} of its limit of {:.0f} MB",
                               megabytes(*resources.memory), percent(used), megabytes(*limit)),
                   now);
  }
  if (resources.descriptors && resources.descriptor_limit) {
    auto used = share(*resources.descriptors, *resources.descriptor_limit);
    board_.measure(alert_id::descriptors, {}, used,
                   fmt::format("the node has {} file descriptors open, {} of its limit of {}",
                               *resources.descriptors, percent(used), *resources.descriptor_limit),
                   now);
  }
  for (auto& disk : resources.disks) {
    auto free = megabytes(disk.free);
    board_.measure(alert_id::disk, {{}, {}, {}, disk.folder}, free,
                   fmt::format("{:.0f} MB are left on the disk of {}", free, disk.folder), now);
  }
}

} // namespace tidemark
