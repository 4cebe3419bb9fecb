#include "config/tenant_reader.hpp"

#include "config/base_url.hpp"
#include "config/named.hpp"
#include "messages/ascii.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <map>
#include <system_error>

namespace tidemark {

namespace {

constexpr name_table<planning_mode, 3> planning_modes{{{planning_mode::automatic, "auto"},
                                                       {planning_mode::boundaries, "boundaries"},
                                                       {planning_mode::walk, "walk"}}};

// As the node's own database is named.
constexpr std::string_view control_name = "control";

constexpr name_table<database_kind, 1> database_kinds{{{database_kind::sqlite, "sqlite"}}};

constexpr name_table<deletes_mode, 2> deletes_modes{
    {{deletes_mode::mark, "mark"}, {deletes_mode::remove, "remove"}}};

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_account(std::string_view text) {
  return text.size() <= 64 && is_alnum(text.front()) && is_alnum(text.back())
         && std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
}

/// What a language header may hold; anything else could start a header of its own.
bool is_language(std::string_view text) {
  return text.size() <= 100 && std::ranges::all_of(text, [](char c) {
           return is_alnum(c) || std::string_view{"-,;=.* "}.contains(c);
         });
}

/// Two names of one file compare equal, symbolic links included.
std::filesystem::path settled(const std::filesystem::path& file) {
  std::error_code error;
  auto result = std::filesystem::weakly_canonical(file, error);
  return error ? file.lexically_normal() : result;
}

database_config read_database(toml_section& in, const std::string& id, const tenant_context& context) {
  const auto text = in.text("database").value_or(fmt::format("sqlite:{}.db", id));
  const auto colon = text.find(':');
  const auto kind =
      value_of(database_kinds, std::string_view{text}.substr(0, colon == std::string::npos ? 0 : colon));
  if (!kind) {
    in.problem("database", fmt::format("is of an unknown kind; write KIND:LOCATION, where KIND is one of: {}",
                                       names_in(database_kinds)));
    return {};
  }
  const auto location = text.substr(colon + 1);
  if (location.empty() || location.ends_with('/') || location == ":memory:") {
    in.problem("database", "must name a file that stays, as in sqlite:NAME.db");
    return {};
  }
  return {*kind, settled(context.data_dir / location).string()};
}

/// The URL as written or the account's own, and whether it stays on this machine.
base_url read_base_url(toml_section& in, const std::string& account) {
  const auto text = in.text("base_url");
  if (!text) return {.text = "https://" + account_host(account), .https = true, .loopback = false};
  const auto result = parse_base_url(*text);
  if (!result) {
    in.problem("base_url", result.error());
    // Counts as this machine, so that the rules for others do not complain about a host that nobody knows.
    return {.text = {}, .https = true, .loopback = true};
  }
  if (!result->https && !result->loopback)
    in.problem("base_url", "is http, which would send credentials and records in the clear; use https (http "
                           "is only for this machine)");
  return *result;
}

void read_concurrency(toml_section& in, tenant_config& result) {
  if (in.is_text("concurrency_limit")) {
    result.concurrency_auto = in.text("concurrency_limit") == "auto";
    if (!result.concurrency_auto) in.problem("concurrency_limit", "must be 1 to 1000, or \"auto\"");
  } else {
    in.number("concurrency_limit", {1, 1000}, result.concurrency_limit);
  }
  in.number("concurrency_reserve", {0, 999}, result.concurrency_reserve);
  if (!result.concurrency_auto && result.concurrency_reserve >= result.concurrency_limit)
    in.problem("concurrency_reserve",
               fmt::format("leaves nothing of the limit of {}; make it smaller", result.concurrency_limit));
}

tenant_config read_tenant(toml_section& in, const tenant_context& context) {
  tenant_config result;
  result.id = in.text("id").value_or("");
  if (!in.has("id"))
    in.missing("id", "give the tenant a name");
  else if (!result.id.empty() && !is_plain_id(result.id))
    in.problem("id", "must be 1 to 64 of A-Z a-z 0-9 _ -");
  else if (lower_case(result.id) == control_name)
    in.problem("id", "is control, a name that is reserved for the node's own database; give the tenant "
                     "another one");

  auto account = in.text("account").value_or("");
  if (!in.has("account"))
    in.missing("account", "give the NetSuite account id, as in 1234567 or 1234567_SB1");
  else if (!account.empty() && !is_account(account)) {
    in.problem("account", "is no account id; write it as NetSuite shows it, as in 1234567 or 1234567_SB1");
    account.clear();
  }
  result.account = account_realm(account);

  const auto url = read_base_url(in, account);
  result.base_url = url.text;
  read_concurrency(in, result);
  result.database = read_database(in, result.id, context);
  if (auto language = in.text("accept_language")) {
    if (is_language(*language))
      result.accept_language = *language;
    else
      in.problem("accept_language", "is no language tag; write one as in en or en-US");
  }
  in.choice("planning", planning_modes, result.planning);
  if (auto minutes = in.number("look_back_minutes", {15, 43'200}))
    result.look_back = std::chrono::minutes{*minutes};
  in.choice("deletes", deletes_modes, result.deletes);
  if (auto file = in.text("criteria_overlay"))
    result.criteria_overlay = (context.folder / *file).lexically_normal();
  if (auto auth = in.section("auth"))
    result.auth = read_auth(*auth, context, url.loopback);
  else if (!in.has("auth"))
    in.missing("auth", "add a [tenants.auth] section with the method and its credentials");
  in.refuse_unknown();
  return result;
}

/// Compares each tenant with the first one before it that has the same id, account or database.
class tenant_comparison {
public:
  /// `control` is the node's own database.
  explicit tenant_comparison(const std::filesystem::path& control) : control_(control.string()) {}

  void add(toml_section& in, const tenant_config& tenant) {
    // Without one of its own, the id is what is told about.
    if (in.has("database") && tenant.database.location == control_)
      in.problem("database",
                 fmt::format("makes {} the tenant's database, which the node keeps its flags, schedules and "
                             "audit in; give another one, as in database = \"sqlite:{}-records.db\"",
                             control_, tenant.id));
    if (!tenant.id.empty())
      if (auto first = earlier(ids_, tenant.id, in))
        in.problem(
            "id", fmt::format("is already the id of the tenant at line {}; rename one of them", first->line));
    if (!tenant.database.location.empty())
      if (auto first = earlier(databases_, tenant.database.location, in))
        in.problem("database",
                   fmt::format("is already the database of the tenant at line {}; give each tenant its own",
                               first->line));
    if (!tenant.account.empty()) compare_account(in, tenant);
  }

private:
  struct place {
    std::size_t line = 0;
    std::string limit = {};
    std::uint32_t reserve = 0;
    std::string base_url = {};
  };
  using places = std::map<std::string, place, std::less<>>;

  static const place* earlier(places& known, const std::string& key, const toml_section& in) {
    const auto [found, fresh] = known.try_emplace(key, place{.line = in.line("id")});
    return fresh ? nullptr : &found->second;
  }

  void compare_account(toml_section& in, const tenant_config& tenant) {
    const auto limit = tenant.concurrency_auto ? "\"auto\"" : fmt::format("{}", tenant.concurrency_limit);
    const auto [found, fresh] = accounts_.try_emplace(
        tenant.account, place{in.line("id"), limit, tenant.concurrency_reserve, tenant.base_url});
    if (fresh) return;
    const auto& first = found->second;
    if (first.limit != limit)
      in.problem("concurrency_limit", fmt::format("is {}, but the tenant at line {} gives the same account "
                                                  "{}; an account has one limit, so make them equal",
                                                  limit, first.line, first.limit));
    if (first.reserve != tenant.concurrency_reserve)
      in.problem("concurrency_reserve",
                 fmt::format("is {}, but the tenant at line {} gives the same account {}; make them equal",
                             tenant.concurrency_reserve, first.line, first.reserve));
    if (!first.base_url.empty() && !tenant.base_url.empty() && first.base_url != tenant.base_url)
      in.problem(
          "base_url",
          fmt::format("differs from that of the tenant at line {} with the same account; make them equal",
                      first.line));
  }

  std::string control_;
  places ids_;
  places databases_;
  places accounts_;
};

} // namespace

bool is_plain_id(std::string_view name) {
  return !name.empty() && name.size() <= 64
         && std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
}

std::vector<tenant_config> read_tenants(toml_section& root, const tenant_context& context) {
  std::vector<tenant_config> result;
  tenant_comparison comparison{settled(context.data_dir / control_file)};
  for (auto& in : root.sections("tenants")) {
    result.push_back(read_tenant(in, context));
    comparison.add(in, result.back());
  }
  return result;
}

} // namespace tidemark
