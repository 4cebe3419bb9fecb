#include "actors/import/blockers.hpp"

#include "actors/import/import_facts.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

namespace {

using reason = batch_wait::reason;

// Single ones are how the account's limit is found.
constexpr std::uint32_t refusals_worth_telling = 3;

std::string batches_text(std::uint64_t count) {
  return count == 1 ? "a batch waits" : fmt::format("{} batches wait", count);
}

class explanation {
public:
  explicit explanation(const waiting_facts& facts) : facts_(facts) {
    result_.import_id = facts.status.id;
    result_.state = facts.status.state;
  }

  blocker_list explain() {
    auto& status = facts_.status;
    switch (status.state) {
    case import_state::paused: paused(); break;
    case import_state::cancelling:
      add({.what = "cancelling",
           .text = status.error.empty()
                       ? "the import waits for its last requests to end, then it is cancelled"
                       : fmt::format("the import waits to be cancelled: {}", status.error)});
      break;
    case import_state::queued:
      if (facts_.behind.empty())
        account("", 0, 0, "the import waits for its first answer");
      else
        add({.what = "queue", .subject = facts_.behind.back(), .text = queue_text()});
      break;
    case import_state::planning:
    case import_state::running:
      if (status.types.empty()) account("", 0, 0, "the import waits for its first answer");
      for (auto& type : status.types)
        if (!is_final(type.state)) explain(type);
      // Its record types are in, and it asks what has been deleted, or compares.
      if (result_.blockers.empty() && facts_.pool.outage) account("", 0, 0, "the import waits for its end");
      break;
    default: break;
    }
    return std::move(result_);
  }

private:
  void add(blocker what) { result_.blockers.push_back(std::move(what)); }

  void paused() {
    auto& status = facts_.status;
    add({.what = "paused",
         .subject = std::string{to_string(status.paused_by)},
         .text = fmt::format("the import is paused ({}): {}", status.error, remedy())});
    // Of one that an outage paused that is said already. Nobody asks the account for one that a person holds.
    auto& pool = facts_.pool;
    if (pool.outage && ends_by_a_person(status.paused_by))
      add({.what = "outage",
           .subject = pool.account,
           .text = fmt::format("besides, account {} does not answer, as it was last seen ({})", pool.account,
                               pool.outage_reason)});
  }

  static bool ends_by_a_person(pause_cause cause) {
    return cause == pause_cause::command || cause == pause_cause::suspension
           || cause == pause_cause::credentials;
  }

  std::string queue_text() const {
    auto& first = facts_.behind.front();
    auto others = std::span{facts_.behind}.subspan(1);
    if (others.empty())
      return fmt::format("the import waits for the end of import {}, which is under way", first);
    return fmt::format("the import waits for the end of {} imports, one after the other: {}, which is under "
                       "way, then {}",
                       facts_.behind.size(), first, fmt::join(others, ", then "));
  }

  std::string remedy() const {
    auto& status = facts_.status;
    if (facts_.failed) return "it ends as failed as soon as that can be written down";
    switch (status.paused_by) {
    case pause_cause::command: return "\"tidemark import resume\" lets it go on";
    case pause_cause::credentials:
      return fmt::format("it goes on with good credentials and \"tidemark tenant resume {}\"", status.tenant);
    case pause_cause::suspension:
      return fmt::format("\"tidemark tenant resume {}\" lets it go on", status.tenant);
    default: return "it goes on by itself when the cause has passed";
    }
  }

  /// Whoever waits for a request waits for the account: one of its slots, or that it answers at all.
  void account(const std::string& type, std::uint64_t batch, std::uint64_t batches, const std::string& who) {
    auto& pool = facts_.pool;
    blocker what{.record_type = type, .batch = batch, .batches = batches, .subject = pool.account};
    if (pool.outage) {
      what.what = "outage";
      what.text = fmt::format("{}: account {} does not answer ({}); it is asked again by itself", who,
                              pool.account, pool.outage_reason);
    } else if (pool.refused_in_a_row >= refusals_worth_telling) {
      what.what = "refused";
      what.text = fmt::format("{}: account {} has refused {} times in a row, as it does when others use its "
                              "requests; it is asked again by itself",
                              who, pool.account, pool.refused_in_a_row);
    } else {
      what.what = "slot";
      what.text = fmt::format("{}: account {} has {} of {} slots in use, and {} requests wait for one", who,
                              pool.account, pool.in_use, pool.effective, pool.waiting);
    }
    add(std::move(what));
  }

  void explain(const type_status& type) {
    if (!type.taken_from.empty())
      return add({.record_type = type.name,
                  .what = "taken",
                  .subject = type.taken_from,
                  .text = fmt::format("{} is run by import {}; its result is taken from there", type.name,
                                      type.taken_from)});
    if (dependencies(type)) return;
    auto before = result_.blockers.size();
    batches(type);
    bool told = result_.blockers.size() > before;
    if (!told && (type.state == type_state::planning || type.state == type_state::waiting))
      account(type.name, 0, 0, fmt::format("the ranges of {} are being planned", type.name));
  }

  bool dependencies(const type_status& type) {
    std::vector<std::string> missing;
    if (auto known = facts_.depends_on.find(type.name); known != facts_.depends_on.end())
      for (auto& name : known->second) {
        auto found = std::ranges::find(facts_.status.types, name, &type_status::name);
        if (found != facts_.status.types.end() && !lets_others_begin(found->state)) missing.push_back(name);
      }
    // A type that came back by a retry runs although what it needs may run again too.
    if (missing.empty() || type.batches.running > 0) return false;
    add({.record_type = type.name,
         .batches = type.batches.pending,
         .what = "dependency",
         .subject = missing.front(),
         .text = fmt::format("{} waits for {}", type.name, fmt::join(missing, ", "))});
    return true;
  }

  void batches(const type_status& type) {
    std::map<std::string, blocker> together;
    std::uint64_t for_slots = 0;
    std::uint64_t first = 0;
    for (auto& wait : facts_.waits) {
      if (wait.record_type != type.name) continue;
      if (wait.why == reason::queue || wait.why == reason::slot) {
        for_slots += wait.batches;
        first = first == 0 ? wait.batch : std::min(first, wait.batch);
        continue;
      }
      if (wait.why == reason::back_off) {
        add({.record_type = type.name,
             .batch = wait.batch,
             .batches = 1,
             .what = "back_off",
             .until = facts_.now + wait.left.count(),
             .text = fmt::format("batch {} has failed and is tried again in {:.1f} s", wait.batch,
                                 static_cast<double>(wait.left.count()) / 1000)});
        continue;
      }
      auto [code, text] = words(wait.why);
      auto& entry = together[code];
      entry.record_type = type.name;
      entry.batch = entry.batch == 0 ? wait.batch : std::min(entry.batch, wait.batch);
      entry.batches += wait.batches;
      entry.what = code;
      entry.text = text;
    }
    if (for_slots > 0) account(type.name, first, for_slots, batches_text(for_slots));
    for (auto& [code, entry] : together) {
      entry.text = batches_text(entry.batches) + " " + entry.text;
      add(std::move(entry));
    }
  }

  static std::pair<std::string, std::string> words(reason why) {
    switch (why) {
    case reason::suspicion: return {"suspicion", "until it is known whether a column of the table is broken"};
    case reason::solitude:
      return {"solitude", "to run with nothing else beside it, since it was running at several deaths"};
    case reason::hold: return {"dependency", "for what their record type depends on"};
    case reason::budget:
      return {"memory", "for room among the answers that the node may hold (byte_budget_mb)"};
    case reason::login: return {"login", "for a login at NetSuite"};
    default: return {"store", "for the tenant's database"};
    }
  }

  const waiting_facts& facts_;
  blocker_list result_;
};

} // namespace

blocker_list blockers_of(const waiting_facts& facts) { return explanation{facts}.explain(); }

} // namespace tidemark
