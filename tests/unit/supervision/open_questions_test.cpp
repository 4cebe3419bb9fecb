/// Whoever asks is answered: every question of the protocol, through a session, while any actor that has a
/// share in the answer dies of it.
#include "asked_node.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/node/command_table.hpp"
#include "messages/exchange.hpp"
namespace open_questions_test {

using namespace tidemark;
using namespace std::chrono_literals;

/// In virtual time. Nobody who dies lets others wait for their patience to end.
constexpr auto bound = 30s;

/// A question that makes sense: about the tenant, the import and the schedule that there are.
template <class Question>
Question sensible(const asked_node& at) {
  Question x{};
  if constexpr (requires { x.tenant; }) x.tenant = "demo";
  if constexpr (requires { x.record_type; }) x.record_type = "line";
  if constexpr (requires { x.id; }) x.id = at.import_id;
  if constexpr (requires { x.import_id; }) x.import_id = at.import_id;
  if constexpr (requires { x.requested_by; }) x.requested_by = "anna";
  if constexpr (std::is_same_v<Question, change_flag> || std::is_same_v<Question, explain_flag>)
    x.name = chunked_import_flag;
  if constexpr (std::is_same_v<Question, change_schedule>) x.name = "nightly";
  if constexpr (std::is_same_v<Question, tune_concurrency>) x.limit = 2;
  if constexpr (std::is_same_v<Question, add_schedule>) {
    x.what.name = "hourly";
    x.what.tenant = "demo";
    x.what.record_type = "customer";
    x.what.cron = "@hourly";
  }
  // Both look at every tenant, and not at one alone.
  if constexpr (std::is_same_v<Question, list_imports>) x.tenant.clear();
  return x;
}

/// Without one of these a node cannot go on.
bool is_service(const std::string& actor) {
  static const std::set<std::string> names{"journal", "http",      "budget", "pool",
                                           "monitor", "scheduler", "control"};
  return names.contains(actor);
}

struct tally {
  std::size_t injections = 0;
  std::size_t answers = 0;
  std::size_t errors = 0;
};

/// Asks, and has somebody die or hang of that question if told so. Returns the messages that were handled
/// meanwhile.
template <class Question, class Answer>
std::map<handler, std::size_t> ask_once(exchange<Question, Answer>, const std::optional<injection>& what,
                                        std::chrono::seconds longest, tally& sum) {
  asked_node it;
  auto before = it.defect.seen();
  if (what) {
    auto planned = *what;
    planned.occurrence += before[what->where];
    it.defect.plan(planned);
  }
  auto reply = it.ask<Answer>(it.link, sensible<Question>(it));
  CHECK(it.work_until([&] { return reply.arrived(); }, longest));
  auto why = reply.failed() ? reply.error().message : std::string{};
  CAPTURE(why);
  if (reply.arrived()) ++(reply.failed() ? sum.errors : sum.answers);
  auto after = it.defect.seen();
  if (what) {
    ++sum.injections;
    CHECK(it.defect.thrown() == 1);
    it.settle();
    bool fatal = is_service(what->where.actor) || what->where.actor == "node";
    // A comparison of the paths has a journal of its own.
    if constexpr (!std::is_same_v<Question, check_parity>)
      CHECK(it.node_lives() != (fatal && what->when != moment::never));
  } else {
    // A running import is not to be retried.
    CHECK((!reply.failed() || reply.error().code == ec::conflict));
  }
  CHECK(it.left_behind() == 0);
  for (auto& [where, count] : before) after[where] -= count;
  std::erase_if(after, [](auto& entry) { return entry.second == 0; });
  return after;
}

template <class Question, class Answer>
void ask_while_they_die(exchange<Question, Answer> which, tally& sum) {
  std::string question = typeid(Question).name();
  CAPTURE(question);
  tally calm;
  for (auto& [where, count] : ask_once(which, {}, bound, calm))
    for (auto when : {moment::before, moment::after}) {
      injection what{where, 1, when};
      auto title = to_string(what);
      CAPTURE(title);
      ask_once(which, what, bound, sum);
    }
}

/// The session's patience is the last resort.
template <class Question, class Answer>
void ask_while_they_hang(exchange<Question, Answer> which, tally& sum) {
  // They run imports, which have other ways out of a lost message, over hours.
  if constexpr (std::is_same_v<Question, check_parity> || std::is_same_v<Question, plan_import>) return;
  std::string question = typeid(Question).name();
  CAPTURE(question);
  auto* facts = facts_of(caf::make_message(Question{}));
  REQUIRE(facts != nullptr);
  auto longest = std::chrono::duration_cast<std::chrono::seconds>(facts->patience) + 1s;
  tally calm;
  for (auto& [where, count] : ask_once(which, {}, bound, calm)) {
    if (where.actor == "session") continue; // nobody stands behind it
    injection what{where, 1, moment::never};
    auto title = to_string(what);
    CAPTURE(title);
    ask_once(which, what, longest, sum);
  }
}

TEST_CASE("whichever actor dies of a question, it is answered, or refused, in time, and everything ends") {
  tally sum;
  std::apply([&](auto... each) { (ask_while_they_die(each, sum), ...); },
             answered_exchanges_of<session_actor>{});
  fmt::print("{} deaths while a question was open: {} answers, {} errors\n", sum.injections, sum.answers,
             sum.errors);
}

TEST_CASE("whichever actor hangs over a question, it is answered, or refused, when its patience is over") {
  tally sum;
  std::apply([&](auto... each) { (ask_while_they_hang(each, sum), ...); },
             answered_exchanges_of<session_actor>{});
  fmt::print("{} parts that hung: {} answers, {} errors\n", sum.injections, sum.answers, sum.errors);
}

TEST_CASE("a tenant that hangs is named, and does not silence the node") {
  asked_node it;
  it.defect.plan({{"tenant", "query_tenant"}, 0, moment::never});
  auto status = it.ask<node_status>(it.link, query_node{});
  auto tenants = it.ask<tenant_list>(it.link, list_tenants{});
  REQUIRE(it.work_until([&] { return status.arrived() && tenants.arrived(); }, 11s));
  CHECK(status.value().not_answering == std::vector<std::string>{"demo"});
  CHECK(status.value().pools.size() == 1);
  REQUIRE(tenants.value().tenants.size() == 1);
  CHECK(tenants.value().tenants[0].state == "not answering");
  it.defect.plan({{"tenant", "list_imports"}, 0, moment::never});
  auto imports = it.ask<import_list>(it.link, list_imports{"", 10});
  REQUIRE(it.work_until([&] { return imports.arrived(); }, 11s));
  REQUIRE(imports.value().missing.size() == 1);
  CHECK(imports.value().missing.front().tenant == "demo");
  CHECK(imports.value().missing.front().reason == "it does not answer, the node's log may say why");
}

TEST_CASE("a tenant that hangs does not keep the node from stopping") {
  asked_node it;
  it.defect.plan({{"tenant", "stop_tenant"}, 0, moment::never});
  auto stopped = it.ask<done>(it.node, stop_branch{});
  CHECK(it.work_until([&] { return stopped.arrived(); }, 17s)); // ten of them are the grace
  CHECK(it.left_behind() == 0);
}

caf::strong_actor_ptr tenant_of(asked_node& it) {
  auto tenants = it.ask<child_list>(it.node, list_children{}).value().children;
  REQUIRE(tenants.size() == 1);
  return tenants.front().actor;
}

TEST_CASE("a tenant that dies while the node stops is not started anew") {
  asked_node it;
  auto before = tenant_of(it);
  it.defect.plan({{"tenant", "stop_tenant"}, 1, moment::before});
  CHECK(it.ask<done>(it.node, stop_branch{}).arrived());
  CHECK(it.defect.thrown() == 1);
  CHECK(tenant_of(it) == before);
  CHECK(it.left_behind() == 0);
}

TEST_CASE("the alert of a tenant that was given up is gone when a reload starts it anew") {
  asked_node it;
  it.defect.plan({{"tenant", "query_tenant"}, 0, moment::before});
  for (int deaths = 0; deaths < 4; ++deaths) it.ask<tenant_list>(it.link, list_tenants{});
  it.defect.disarm();
  auto given_up = [&] {
    auto alerts = it.ask<alert_list>(it.link, query_alerts{}).value().up;
    return std::ranges::find(alerts, "tenant_given_up", &alert::id) != alerts.end();
  };
  CHECK(given_up());
  CHECK(it.ask<tenant_list>(it.link, list_tenants{}).value().tenants.at(0).state == "given_up");
  auto reloaded = it.ask<reload_report>(it.link, reload_node{"anna"});
  CHECK(it.work_until([&] { return reloaded.arrived(); }, 5s));
  CHECK_FALSE(given_up());
  CHECK(it.ask<tenant_list>(it.link, list_tenants{}).value().tenants.at(0).state == "active");
}

TEST_CASE("lists of a tenant that nobody knows are refused, and say whom there is") {
  asked_node it;
  CHECK_FALSE(it.ask<audit_list>(it.link, list_audit{"demo", 10}).failed());
  CHECK(it.ask<schedule_list>(it.link, list_schedules{"demo"}).value().schedules.size() == 1);
  auto audit = it.ask<audit_list>(it.link, list_audit{"odd", 10});
  auto schedules = it.ask<schedule_list>(it.link, list_schedules{"odd"});
  REQUIRE(audit.failed());
  REQUIRE(schedules.failed());
  CHECK(audit.error().code == ec::unknown_tenant);
  CHECK(audit.error().message == "no tenant odd on this node; it has demo");
  CHECK(schedules.error().message == audit.error().message);
}

TEST_CASE("whether an import could start is asked of its tenant") {
  asked_node it;
  auto ask = [&](const std::string& tenant, const std::string& type) {
    return it.ask<done>(it.node, check_start{{tenant, type, import_mode::full, "anna"}});
  };
  CHECK(ask("demo", "odd").error().code == ec::unknown_record_type);
  CHECK(ask("odd", "odd").error().code == ec::unknown_tenant);
}

} // namespace open_questions_test
