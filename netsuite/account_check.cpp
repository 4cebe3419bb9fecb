#include "netsuite/account_check.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "netsuite/deleted_records.hpp"
#include "netsuite/login_refusal.hpp"
#include "netsuite/metadata_catalogue.hpp"
#include "netsuite/permissions.hpp"
#include "netsuite/requests.hpp"
#include "netsuite/small_rows.hpp"
#include "netsuite/suiteql.hpp"
#include "netsuite/value_forms.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// What is not known before a question is asked: a token that is fetched before the first, and once more when
// it expires, and a connection that turns out to be dead.
constexpr std::uint32_t most_check_questions = most_check_requests - 3;
constexpr std::uint32_t most_check_repeats = 3;
constexpr auto check_patience = 60s;

// NetSuite refuses signatures that are further off (contract, section 5).
constexpr unix_ms widest_skew = std::chrono::milliseconds{5min}.count();
constexpr unix_ms doubtful_skew = std::chrono::milliseconds{3min}.count(); // answers are under way, too
constexpr unix_ms log_span = std::chrono::milliseconds{24h}.count();

constexpr std::string_view roles_page = "Setup > Users/Roles > Manage Roles";

/// Whether the answer, good or bad, came from behind the login.
bool proves_login(const failure& what) noexcept {
  switch (what.code) {
  case ec::none:
  case ec::permission:
  case ec::unknown_column:
  case ec::missing_table:
  case ec::rejected:
  case ec::wrong_language:
  case ec::unsupported_query: return true;
  default: return false;
  }
}

bool comes_to_nothing(ec code) noexcept {
  return code == ec::server || code == ec::timeout || code == ec::transport || code == ec::maintenance
         || code == ec::connection_lost;
}

/// "UTC-07:00".
std::string zone_text(std::int64_t minutes) {
  const auto size = std::abs(minutes);
  return fmt::format("UTC{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

std::string duration_text(unix_ms size) {
  const auto seconds = std::abs(size) / 1000;
  return seconds < 120 ? fmt::format("{} s", seconds) : fmt::format("{} min", seconds / 60);
}

std::string grant_text(std::string_view table) {
  const auto [permission, feature] = access_to(table);
  std::string text;
  if (!feature.empty())
    text = fmt::format("switch the feature {} on (Setup > Company > Enable Features)", feature);
  if (!permission.empty())
    text += fmt::format("{}give the role the permission {} ({})", text.empty() ? "" : ", or ", permission,
                        roles_page);
  if (text.empty()) text = fmt::format("give the role a permission to see {} ({})", table, roles_page);
  return text + ", or take the type out of the criteria";
}

} // namespace

account_check::account_check(check_facts facts, std::shared_ptr<const criteria> types)
    : facts_(std::move(facts)), types_(std::move(types)) {
  for (auto about : {topic::server_time, topic::clock, topic::limits, topic::deletions, topic::catalogue})
    queue_.push_back({about});
  // Of the types that share a table one tells most of what there is to know of all.
  std::set<std::string> tables;
  std::vector<std::string> later;
  for (const auto& type : types_->record_types()) {
    if (type.is_group) continue;
    if (tables.insert(type.table).second)
      queue_.push_back({topic::records, type.name});
    else
      later.push_back(type.name);
  }
  for (const auto& name : later) queue_.push_back({topic::records, name});
  if (facts_.unavailable.empty()) return;
  over_ = true;
  add("connection", standing::amiss, facts_.unavailable, "check again when that is over");
}

std::optional<http_request> account_check::next() {
  if (open_) { // asked again
    ++requests_;
    return request_for(*open_);
  }
  while (!queue_.empty() && is_told(queue_.front())) queue_.pop_front();
  if (over_ || queue_.empty() || requests_ >= most_check_questions) return std::nullopt;
  open_ = queue_.front();
  queue_.pop_front();
  ++requests_;
  repeats_ = 0;
  return request_for(*open_);
}

/// The first type of a table that is off has said so for all of them.
bool account_check::is_told(const question& what) const {
  const auto* type = what.about == topic::records ? types_->find(what.record_type) : nullptr;
  return type != nullptr && tables_off_.contains(type->table);
}

bool account_check::is_probe() const noexcept {
  return open_ && !let_in_ && (open_->about == topic::server_time || open_->about == topic::clock);
}

void account_check::sent(std::uint32_t requests) noexcept { requests_ = requests_ - 1 + requests; }

/// Signatures by a clock that is off are refused like wrong ones; only the answer tells the right time.
bool account_check::may_be_the_clock(const http_response& response, unix_ms now) const noexcept {
  return response.status == 401 && !let_in_ && !signed_again_ && response.server_date != 0
         && std::abs(response.server_date - now) > doubtful_skew;
}

bool account_check::again(const http_response& response, const failure& what, unix_ms now) noexcept {
  if (open_ && !over_ && may_be_the_clock(response, now)) return signed_again_ = true;
  if (is_login_refused(response, what)) return false;
  const bool may_pass = what.code == ec::refused || comes_to_nothing(what.code);
  return may_pass && open_ && !over_ && requests_ < most_check_questions && ++repeats_ <= most_check_repeats
         && (what.code == ec::refused || repeats_ == 1);
}

void account_check::give_up(const std::string& why) {
  over_ = true;
  if (open_) {
    if (open_->about == topic::records) queue_.push_front(*open_);
    open_.reset();
  }
  add("connection", standing::amiss, fmt::format("the check was given up: {}", why), "check again later");
}

http_request account_check::request_for(const question& what) const {
  auto query = [this](const std::string& sql) { return make_query_request(facts_.base_url, sql, 1); };
  http_request out;
  switch (what.about) {
  case topic::server_time: out = make_server_time_request(facts_.base_url); break;
  case topic::clock: out = query(clock_query()); break;
  case topic::limits: out = make_governance_request(facts_.base_url); break;
  case topic::deletions: out = query(deletions_query(log_.present(), facts_.now - log_span, {})); break;
  case topic::catalogue: out = make_catalogue_request(facts_.base_url); break;
  case topic::records: {
    const auto* type = types_->find(what.record_type); // of a question: it is there
    const auto seen = seen_.find(what.record_type);
    const auto ways = seen == seen_.end() ? column_ways{} : seen->second.ways;
    if (type != nullptr) out = query(sample_query(project(*type, ways)));
  }
  }
  out.total_timeout = check_patience;
  return out;
}

bool account_check::is_login_refused(const http_response& response, const failure& what) const noexcept {
  if (what.code == ec::authentication) return true;
  // A 401 may stand for too many requests at once; not before anything of this login has passed.
  return what.code == ec::refused && response.status == 401 && !let_in_;
}

void account_check::answered(const http_response& response, const failure& what, unix_ms now) {
  if (!open_ || over_) return;
  const auto asked = *open_;
  open_.reset();
  if (is_login_refused(response, what)) return login_refused(response, what, now);
  const bool was_in = let_in_;
  // The time may be told without any login; that a query is answered, or refused for what it says, is proof.
  let_in_ = let_in_ || (asked.about != topic::server_time && proves_login(what));
  if (asked.about == topic::clock && let_in_) add("credentials", standing::well, "NetSuite takes the login");
  take(asked, response, what, now);
  if (asked.about == topic::clock && !let_in_ && !was_in) {
    no_way_in(what);
    over_ = true;
  }
}

void account_check::no_way_in(const failure& what) {
  const auto say = [&](std::string_view text, std::string remedy) {
    add("connection", standing::amiss, fmt::format("{}: {}", text, what.message), std::move(remedy));
  };
  switch (what.code) {
  case ec::refused:
    return say(
        "the account answers, and refuses every request at present",
        "look what else uses the account's requests (Setup > Integration > Integration Governance), or "
        "check again later");
  case ec::maintenance: return say("the account is down for maintenance", "check again when that is over");
  case ec::server:
    return say("the account answers with failures of its own",
               "check again later; NetSuite tells outages on its status page");
  default:
    return say("the account does not answer",
               "look whether base_url is right, the host can be reached from here, and the account is up");
  }
}

void account_check::take(const question& asked, const http_response& response, const failure& what,
                         unix_ms now) {
  switch (asked.about) {
  case topic::server_time: return server_time(response, what, now);
  case topic::clock: return zone(response, what);
  case topic::limits: return limits(response, what);
  case topic::deletions: return deletions(what);
  case topic::catalogue: return catalogue(what);
  case topic::records: return records(asked.record_type, response, what);
  }
}

void account_check::login_refused(const http_response& response, const failure& what, unix_ms now) {
  over_ = true;
  add("credentials", standing::amiss,
      fmt::format("NetSuite refuses the login, and nothing more was asked: {}",
                  without_login_failed(what.message)),
      fmt::format(
          "{}. NetSuite says why under Setup > Users/Roles > User Management > View Login Audit Trail; "
          "correct the credentials, then tidemark tenant resume {} if the tenant is suspended (five "
          "refused logins lock the user for half an hour)",
          likely_login_causes(response.server_date, now), facts_.tenant));
}

void account_check::server_time(const http_response& response, const failure& what, unix_ms now) {
  auto time = what.code == ec::none ? parse_server_time(response) : outcome<unix_ms>{std::unexpected(what)};
  std::string way;
  if (!time && response.server_date != 0) {
    way = fmt::format(" (by the Date of its answer, since serverTime is not told: {})", time.error().message);
    time = response.server_date;
  }
  if (!time)
    return add("clock", standing::hint, fmt::format("its time is not known: {}", time.error().message));
  const auto off = *time - now;
  const auto text =
      fmt::format("the account's clock and this machine's are {} apart{}", duration_text(off), way);
  if (std::abs(off) <= widest_skew) return add("clock", standing::well, text);
  add("clock", standing::amiss, text,
      "set this machine's clock; requests are signed with the account's time meanwhile");
}

void account_check::zone(const http_response& response, const failure& what) {
  if (what.code == ec::wrong_language) {
    over_ = true; // every other question would be answered so
    return add("language", standing::amiss, what.message,
               "set accept_language to the company's language (Setup > Company > General Preferences)");
  }
  if (let_in_)
    add("language", standing::well,
        facts_.accept_language.empty() ? "none is asked for"
                                       : fmt::format("{} is asked for", facts_.accept_language));
  if (what.code == ec::permission || what.code == ec::rejected)
    return add("role", standing::amiss, fmt::format("the role may not query: {}", what.message),
               fmt::format("give the role the permissions REST Web Services and SuiteAnalytics Workbook, and "
                           "for its login Log in using Access Tokens or Log in using OAuth 2.0 Access "
                           "Tokens ({})",
                           roles_page));
  const auto unknown = [&](const std::string& why) {
    add("zone", standing::hint, fmt::format("the session's time zone is not known: {}", why));
  };
  if (what.code != ec::none) return unknown(what.message);
  const auto page = decode_rows(*response.body, 1);
  if (!page || page->rows.empty()) return unknown(page ? "no row came" : page.error().message);
  const auto *here = page->rows.front().text("here"), *utc = page->rows.front().text("utc");
  const auto local = here != nullptr ? parse_utc(*here + "Z") : std::nullopt;
  const auto world = utc != nullptr ? parse_utc(*utc + "Z") : std::nullopt;
  if (!local || !world) return unknown("the answer holds no times");
  const auto minutes = (*local - *world) / std::chrono::milliseconds{1min}.count();
  add("zone", standing::well, fmt::format("the session's time zone is {} now", zone_text(minutes)));
}

void account_check::limits(const http_response& response, const failure& what) {
  auto told =
      what.code == ec::none ? parse_governance(response) : outcome<governance_limits>{std::unexpected(what)};
  if (!told) {
    // Only administrators are told, so that is the usual thing where a number is configured.
    const auto text = fmt::format("the account does not tell its concurrency limit, {} is taken: {}",
                                  facts_.concurrency_limit, told.error().message);
    if (!facts_.concurrency_auto) return add("limits", standing::well, text);
    return add("limits", standing::hint, text,
               "set concurrency_limit to the number that NetSuite shows under Setup > Integration > "
               "Integration Governance; only an administrator's role is told it");
  }
  const auto text = fmt::format("{} requests at once, of {} of the account", told->usable(), told->account);
  if (told->usable() == 0)
    return add("limits", standing::amiss, text,
               "leave a share to this integration under Setup > Integration > Integration Governance");
  if (!facts_.concurrency_auto && facts_.concurrency_limit > told->usable())
    return add("limits", standing::hint,
               fmt::format("{}; concurrency_limit is {}", text, facts_.concurrency_limit),
               fmt::format("set concurrency_limit to {} at most, or to \"auto\"", told->usable()));
  add("limits", standing::well, text);
}

/// Asked for as imports do, one way after the other.
void account_check::deletions(const failure& what) {
  if (what.code == ec::none) {
    const auto way = log_.present() == log_way{} ? "" : fmt::format(" ({})", to_text(log_.present()));
    return add("deletions", standing::well, fmt::format("the log of deletions can be read{}", way));
  }
  if (log_.refused(what))
    queue_.push_front({topic::deletions});
  else
    log_not_read(what);
}

void account_check::log_not_read(const failure& what) {
  const bool needed =
      std::ranges::any_of(types_->record_types(), [](auto& x) { return x.deleted_as.has_value(); });
  const auto how = needed ? standing::amiss : standing::hint;
  const auto cannot_be_read = fmt::format(
      "the log of deletions cannot be read, so incremental imports end with errors: {}", what.message);
  if (what.code == ec::permission || what.code == ec::missing_table)
    return add(
        "deletions", how, cannot_be_read,
        fmt::format("give the role the permission {} ({}), or let imports find deletions by --reconcile",
                    access_to("deletedrecord").permission, roles_page));
  if (proves_login(what))
    return add("deletions", how, cannot_be_read,
               "the account takes no query of the log that is known: let imports find deletions by "
               "--reconcile");
  add("deletions", how, fmt::format("the log of deletions could not be asked: {}", what.message),
      "check again later");
}

void account_check::catalogue(const failure& what) {
  if (what.code == ec::none)
    return add("catalogue", standing::well, "the metadata catalogue can be read: criteria discover uses it");
  add("catalogue", standing::hint, fmt::format("the metadata catalogue cannot be read: {}", what.message),
      "criteria discover takes another way, which finds less; nothing else needs the catalogue");
}

void account_check::records(const std::string& record_type, const http_response& response,
                            const failure& what) {
  const auto* type = types_->find(record_type);
  if (type == nullptr) return;
  auto& seen = seen_[record_type];
  unfinished_.erase(record_type);
  seen.refused.clear();
  const auto amiss = [&](std::string text, std::string remedy) {
    add("records", standing::amiss, std::move(text), std::move(remedy), record_type);
  };
  switch (what.code) {
  case ec::none: {
    tables_on_.insert(type->table);
    seen.readable = true;
    const auto page = decode_rows(*response.body, 1);
    if (!page) return amiss(fmt::format("its answer cannot be read: {}", page.error().message), "");
    seen.empty = page->rows.empty();
    return;
  }
  case ec::unknown_column: {
    tables_on_.insert(type->table);
    if (!can_drop(*type, what.subject))
      return amiss(fmt::format("it cannot be read without '{}', its key or the column that it cannot do "
                               "without: {}",
                               what.subject, what.message),
                   "correct the key, or its column, in the criteria");
    if (auto& way = seen.ways[what.subject]; std::exchange(way, column_way::left_out) == column_way::left_out)
      return amiss(fmt::format("its columns cannot be told apart: {}", what.message), "");
    unfinished_.insert(record_type);
    queue_.push_back({topic::records, record_type});
    return;
  }
  case ec::missing_table:
    tables_off_.insert(type->table);
    return amiss(what.message, grant_text(type->table));
  case ec::permission: return amiss(what.message, grant_text(type->table));
  case ec::unsupported_query:
  case ec::rejected:
    seen.refused = what.message;
    if (ask_for_times_otherwise(*type, seen.ways)) queue_.push_front({topic::records, record_type});
    return;
  default: return amiss(fmt::format("it could not be asked: {}", what.message), "check again later");
  }
}

/// Which column a refusal is about is not told. True if there is another way for all that it may be about.
bool account_check::ask_for_times_otherwise(const record_type& type, column_ways& ways) {
  bool is_other = false;
  for (const auto& x : type.fields) {
    const auto known = ways.find(x.column);
    const auto now = known == ways.end() ? std::nullopt : std::optional{known->second};
    const auto next = way_after(x.type, now);
    if (x.type != field_type::datetime || next == column_way::left_out) continue;
    ways.insert_or_assign(x.column, next);
    is_other = true;
  }
  return is_other;
}

void account_check::tell_refused(account_report& into) const {
  for (const auto& [record_type, seen] : seen_) {
    if (!seen.refused.empty())
      into.findings.push_back({"records", record_type, standing::amiss, seen.refused,
                               "NetSuite does not say which column, or whether the filter, is the reason; an "
                               "import finds the columns out and leaves them out"});
    else if (seen.readable
             && std::ranges::any_of(seen.ways, [](auto& x) { return x.second != column_way::left_out; }))
      into.findings.push_back(
          {"records",
           record_type,
           standing::hint,
           "its times, or some of them, have no time zone in this account; an import reads "
           "them in the session's zone, and notes which",
           {}});
  }
}

void account_check::add(std::string about, standing how, std::string text, std::string remedy,
                        std::string record_type) {
  findings_.push_back({std::move(about), std::move(record_type), how, std::move(text), std::move(remedy)});
}

void account_check::tell_missing_columns(account_report& into) const {
  for (const auto& [record_type, seen] : seen_) {
    const auto* type = types_->find(record_type);
    if (type == nullptr) continue;
    std::vector<std::string> missing;
    for (const auto& [column, way] : seen.ways)
      if (way == column_way::left_out) missing.push_back(column);
    if (!missing.empty())
      into.findings.push_back(
          {"records", record_type, standing::amiss,
           fmt::format("the account lacks {}, or the role may not see it; an import leaves it out{}",
                       fmt::join(missing, ", "),
                       unfinished_.contains(record_type) ? ", and there may be more" : ""),
           "remove the fields from the criteria, switch the feature on that they belong to, or give the role "
           "the permission to see them"});
    if (seen.readable && seen.empty)
      into.findings.push_back({"records", record_type, standing::hint,
                               "the role sees no record: there is none, or a restriction of the role hides "
                               "them all without a word",
                               fmt::format("look at the role's restrictions ({})", roles_page)});
  }
}

void account_check::tell_features(account_report& into) const {
  std::set<std::string> on, off;
  for (const auto& table : tables_on_)
    if (auto feature = access_to(table).feature; !feature.empty()) on.emplace(feature);
  for (const auto& table : tables_off_)
    if (auto feature = access_to(table).feature; !feature.empty() && !on.contains(std::string{feature}))
      off.emplace(feature);
  if (!on.empty())
    into.findings.push_back({"features", {}, standing::well, fmt::format("on: {}", fmt::join(on, ", ")), {}});
  // What stands behind it is told for each record type.
  if (!off.empty())
    into.findings.push_back({"features",
                             {},
                             standing::hint,
                             fmt::format("off, or not for this role: {}", fmt::join(off, ", ")),
                             {}});
}

void account_check::conclude(account_report& into) const {
  const auto readable = std::ranges::count_if(
      seen_, [](auto& x) { return x.second.readable || x.second.left_something_out(); });
  if (!seen_.empty())
    into.findings.push_back(
        {"role",
         {},
         standing::well,
         fmt::format("it sees {} of the {} record types that were asked for", readable, seen_.size()),
         {}});
  tell_features(into);
  tell_missing_columns(into);
  tell_refused(into);
  const auto is_covered = [this](const question& x) {
    const auto* type = types_->find(x.record_type);
    return type == nullptr || tables_on_.contains(type->table) || is_told(x);
  };
  for (const auto& x : queue_)
    if (x.about == topic::records && !seen_.contains(x.record_type) && !is_covered(x))
      into.not_asked.push_back(x.record_type);
  // What concerns the whole account comes first.
  std::vector<account_finding> records;
  std::ranges::copy_if(into.findings, std::back_inserter(records),
                       [](auto& x) { return x.about == "records"; });
  std::erase_if(into.findings, [](auto& x) { return x.about == "records"; });
  into.findings.insert(into.findings.end(), records.begin(), records.end());
}

account_report account_check::report() const {
  account_report out;
  out.tenant = facts_.tenant;
  out.account = facts_.account;
  out.requests = requests_;
  if (facts_.is_suspended.value_or(false)) {
    const bool refused = std::ranges::any_of(
        findings_, [](auto& x) { return x.about == "credentials" && x.how == standing::amiss; });
    out.findings.push_back(
        {"tenant",
         {},
         standing::amiss,
         fmt::format("the tenant is suspended, and imports nothing: {}", facts_.suspended_because),
         refused ? "" : fmt::format("tidemark tenant resume {}", facts_.tenant)});
  }
  out.findings.insert(out.findings.end(), findings_.begin(), findings_.end());
  conclude(out);
  return out;
}

} // namespace tidemark
