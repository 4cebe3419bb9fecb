#include "actors/node/command_table.hpp"

#include <tuple>
#include <type_traits>
#include <typeindex>
#include <unordered_map>

#include "actors/node/audited.hpp"
#include "messages/exchange.hpp"
#include "messages/inside/node.hpp"
#include "messages/relay.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// -- whose command it is
// ---------------------------------------------------------------------------------------

addressee whose(const start_import& x) { return {answerer::tenant, x.tenant}; }
addressee whose(const plan_import& x) { return {answerer::tenant, x.tenant}; }
addressee whose(const check_parity& x) { return {answerer::tenant, x.tenant}; }
addressee whose(const check_tenant& x) { return {answerer::tenant, x.tenant}; }
addressee whose(const discover_criteria& x) { return {answerer::tenant, x.tenant}; }
addressee whose(const list_rejected& x) { return {answerer::tenant, x.tenant}; }
addressee whose(const find_unfinished& x) { return {answerer::tenant, x.tenant}; }
addressee whose(const check_start& x) { return {answerer::tenant, x.what.tenant}; }
addressee whose(const query_import& x) { return {answerer::import, x.id}; }
addressee whose(const cancel_import& x) { return {answerer::import, x.id}; }
addressee whose(const pause_import& x) { return {answerer::import, x.id}; }
addressee whose(const resume_import& x) { return {answerer::import, x.id}; }
addressee whose(const retry_import& x) { return {answerer::import, x.id}; }
addressee whose(const accept_deletions& x) { return {answerer::import, x.id}; }
addressee whose(const list_batches& x) { return {answerer::import, x.id}; }
addressee whose(const query_blockers& x) { return {answerer::import, x.id}; }
addressee whose(const list_flags&) { return {answerer::control}; }
addressee whose(const audit_entry&) { return {answerer::control}; }
addressee whose(const change_schedule&) { return {answerer::scheduler}; }
addressee whose(const query_alerts&) { return {answerer::monitor}; }
addressee whose(const query_metrics&) { return {answerer::monitor}; }
// The node puts these together itself.
addressee whose(const list_imports&) { return {}; }
addressee whose(const list_audit&) { return {}; }
addressee whose(const list_schedules&) { return {}; }
addressee whose(const change_flag&) { return {}; }
addressee whose(const explain_flag&) { return {}; }
addressee whose(const list_record_types&) { return {}; }
addressee whose(const query_node&) { return {}; }
addressee whose(const stop_node&) { return {}; }
addressee whose(const reload_node&) { return {}; }
addressee whose(const tune_concurrency&) { return {}; }
addressee whose(const list_tenants&) { return {}; }
addressee whose(const suspend_tenant&) { return {}; }
addressee whose(const resume_tenant&) { return {}; }
addressee whose(const query_errors&) { return {}; }
addressee whose(const add_schedule&) { return {}; }
addressee whose(const query_journal&) { return {}; }
addressee whose(const list_children&) { return {}; }
addressee whose(const stop_branch&) { return {}; }

// -- how long it may take
// --------------------------------------------------------------------------------------

template <class Question>
constexpr std::chrono::milliseconds patience_for = 2min; // a request to the store at the end of a full queue
// They end requests that are open and write where they are.
template <>
constexpr std::chrono::milliseconds patience_for<cancel_import> = 15min;
template <>
constexpr std::chrono::milliseconds patience_for<pause_import> = 15min;
template <>
constexpr std::chrono::milliseconds patience_for<reload_node> = 15min;
// They ask the account.
template <>
constexpr std::chrono::milliseconds patience_for<plan_import> = 1h;
template <>
constexpr std::chrono::milliseconds patience_for<accept_deletions> = 1h;
template <>
constexpr std::chrono::milliseconds patience_for<check_tenant> = 10min;
template <>
constexpr std::chrono::milliseconds patience_for<discover_criteria> = 1h;
template <>
constexpr std::chrono::milliseconds patience_for<check_parity> = 48h;

// -- the table
// -------------------------------------------------------------------------------------------------

template <class Question>
std::optional<audit_entry> audit_if_it_changes(const caf::message& question) {
  auto& x = question.get_as<Question>(0);
  if (!changes_something(x)) return std::nullopt;
  return audit_of(x);
}

void see_start(audit_entry& entry, const caf::message& answer) {
  if (answer.match_elements<import_status>()) entry.subject = answer.get_as<import_status>(0).id;
}

template <class Question>
command_facts facts_about() {
  command_facts facts{[](const caf::message& question) { return whose(question.get_as<Question>(0)); },
                      nullptr, std::is_same_v<Question, start_import> ? &see_start : nullptr,
                      patience_for<Question>};
  if constexpr (audited_command<Question>) facts.audit = &audit_if_it_changes<Question>;
  return facts;
}

using table = std::unordered_map<std::type_index, command_facts>;

template <class... Exchanges>
table make_table(std::tuple<Exchanges...>) {
  return {{typeid(typename Exchanges::question), facts_about<typename Exchanges::question>()}...};
}

template <class... Exchanges>
void open_doors_to(table& all, std::tuple<Exchanges...>) {
  ((all[typeid(typename Exchanges::question)].at_doors = true), ...);
}

} // namespace

const command_facts* facts_of(const caf::message& question) {
  static const table all = [] {
    auto made = make_table(answered_exchanges_of<node_actor>{});
    open_doors_to(made, answered_exchanges_of<command_actor>{});
    return made;
  }();
  auto* type = type_of(question);
  if (type == nullptr) return nullptr;
  auto found = all.find(*type);
  return found == all.end() ? nullptr : &found->second;
}

} // namespace tidemark
