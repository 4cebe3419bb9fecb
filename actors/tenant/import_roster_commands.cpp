/// What a tenant's roster decides when people ask for something.
#include "actors/tenant/import_roster.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

/// What a start asks for beyond what an import of the same mode does.
std::string_view what_is_missing(const import_row& import, const start_import& wanted) {
  if (wanted.options.since != import.options.since) return "begins at another time";
  if (wanted.options.reconcile && !import.options.reconcile) return "does not reconcile";
  return "does not verify";
}

} // namespace

bool does_all(const import_row& import, const start_import& wanted) {
  if (import.mode != wanted.mode) return false;
  auto& has = import.options;
  auto& wants = wanted.options;
  bool early_enough =
      wants.since == has.since || (wants.since != 0 && has.since != 0 && has.since < wants.since);
  return early_enough && (has.reconcile || !wants.reconcile) && (has.verify || !wants.verify);
}

std::optional<failure> import_roster::refusal(std::string_view what) const {
  if (stopping_) return failure{ec::stopping, fmt::format("{} and {}", why_stopped_, what), tenant_};
  if (taken_over_.code != ec::none) return taken_over_;
  if (suspended_.active())
    return failure{ec::suspended,
                   fmt::format("tenant {} is suspended: {}; \"tidemark tenant resume {}\" ends that", tenant_,
                               suspended_.reason, tenant_),
                   tenant_};
  return std::nullopt;
}

import_roster::decisions import_roster::refused(ticket who, failure why) const {
  decisions out;
  out.push_back(refuse{who, std::move(why)});
  return out;
}

import_roster::decisions import_roster::start(const start_import& wanted, import_row row, ticket who) {
  if (auto no = refusal("takes no new imports")) return refused(who, std::move(*no));
  decisions out;
  const entry* other = nullptr;
  for (auto& [id, x] : entries_) {
    // One that is being cancelled is as good as gone: a new one waits for its end.
    if (x.row.record_type != wanted.record_type || x.cancelling || is_final(x.row.state)) continue;
    if (other == nullptr) other = &x;
    if (!does_all(x.row, wanted)) continue;
    if (x.creating)
      x.starters.push_back(who);
    else
      go_on_for(x, who, out);
    return out;
  }
  if (other != nullptr && !wanted.queue) {
    auto& import = other->row;
    auto how = import.mode == wanted.mode
                   ? fmt::format("is under way and {}", what_is_missing(import, wanted))
                   : fmt::format("is under way in mode {}", to_string(import.mode));
    return refused(who,
                   {ec::conflict,
                    fmt::format("import {} of {} {}: wait for its end, cancel it, or start this one with "
                                "--queue",
                                import.id, import.record_type, how),
                    import.id});
  }
  entry x{.row = row};
  x.creating = true;
  x.starters.push_back(who);
  entries_.emplace(row.id, std::move(x));
  out.push_back(create{std::move(row)});
  return out;
}

import_roster::decisions import_roster::pause(const std::string& id, const std::string& requested_by,
                                              ticket who) {
  if (taken_over_.code != ec::none) return refused(who, taken_over_);
  decisions out;
  auto* x = find(id);
  if (x == nullptr || x->cancelling || is_final(x->row.state)) {
    out.push_back(refuse_by_ledger{who, id, "it cannot be paused"});
    return out;
  }
  // Nobody lets it go on any more.
  refuse_all(x->resumers, {ec::conflict, fmt::format("import {} was paused before it went on", id), id}, out);
  if (!x->by_command) x->by_whom = fmt::format("paused by {}", requested_by);
  x->by_command = true;
  x->pausers.push_back(who);
  // The ledger is written for a person, also where the database was away a moment ago.
  if (!x->has_actor) x->trouble = {};
  settle(out);
  return out;
}

import_roster::decisions import_roster::resume(const std::string& id, ticket who) {
  if (auto no = refusal("resumes nothing")) return refused(who, std::move(*no));
  decisions out;
  auto* x = find(id);
  bool waits = x != nullptr && !x->begun && older_of(*x) != nullptr;
  if (x == nullptr || x->creating || x->cancelling || is_final(x->row.state) || (waits && !x->by_command)) {
    out.push_back(refuse_by_ledger{who, id, "only a paused one can be resumed"});
    return out;
  }
  go_on_for(*x, who, out);
  return out;
}

/// Whoever asks is answered once the ledger says so.
void import_roster::go_on_for(entry& x, ticket who, decisions& out) {
  auto trouble = x.trouble;
  go_on(x, out);
  x.resumers.push_back(who);
  if (!x.has_actor && trouble.code != ec::none && !x.unsure && !is_paused_by_command(x.row)) {
    // Nobody is told that it goes on before its database has been seen to be well.
    x.trouble = std::move(trouble);
    out.push_back(probe_database{});
  }
  settle(out);
}

import_roster::decisions import_roster::cancel_import(const std::string& id, const std::string& requested_by,
                                                      ticket who, unix_ms requested_at) {
  if (taken_over_.code != ec::none) return refused(who, taken_over_);
  decisions out;
  auto* x = find(id);
  bool in_ledger = x == nullptr || !x->has_actor;
  if (x != nullptr) {
    x->cancelling = true;
    ++x->writing;
  }
  out.push_back(cancel{id, requested_by, in_ledger, who, x != nullptr, requested_at});
  return out;
}

import_roster::decisions import_roster::retry(const std::string& id, std::uint64_t batch,
                                              const std::string& requested_by, ticket who) {
  if (auto no = refusal("retries nothing")) return refused(who, std::move(*no));
  auto* x = find(id);
  if (x != nullptr && (x->has_actor || x->creating || x->cancelling))
    return refused(
        who, {ec::conflict,
              fmt::format("import {} is under way: its failed batches can be retried when it has ended, or "
                          "while it is paused",
                          id),
              id});
  if (x != nullptr) ++x->writing;
  decisions out;
  out.push_back(retry_batches{id, batch, requested_by, who, x != nullptr});
  return out;
}

import_roster::decisions import_roster::suspend(const suspension& why) {
  decisions out;
  suspended_ = why;
  settle(out);
  return out;
}

import_roster::decisions import_roster::end_suspension() { return suspend({}); }

import_roster::decisions import_roster::stop(const std::string& why) {
  decisions out;
  if (!std::exchange(stopping_, true)) why_stopped_ = why;
  drop_unwritten(out);
  settle(out);
  return out;
}

/// Nobody waits for the path of an import that nothing is known of yet but that somebody wants it.
void import_roster::drop_unwritten(decisions& out) {
  auto why = refusal("takes no new imports");
  if (!why) return;
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& x = at->second;
    bool is_unwritten = x.creating && !x.is_on_paper;
    if (is_unwritten) refuse_all(x.starters, *why, out);
    at = is_unwritten ? entries_.erase(at) : std::next(at);
  }
}

} // namespace tidemark
