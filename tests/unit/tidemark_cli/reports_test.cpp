#include "samples.hpp"
#include "tools/tidemark/exit_code.hpp"
#include "tools/tidemark/numbers.hpp"
#include "tools/tidemark/reports.hpp"
#include "tools/tidemark/state_changes.hpp"
#include "tools/tidemark/to_json.hpp"

#include <doctest/doctest.h>

#include <algorithm>
namespace reports_test {

using namespace tidemark;
using namespace tidemark::cli;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> said(const std::vector<state_change>& changes) {
  std::vector<std::string> texts;
  for (auto& x : changes) texts.push_back(x.text);
  return texts;
}

TEST_CASE("a status names everything that people ask for") {
  auto text = joined(report(sample_import(), noon + 61'000));
  CHECK(contains(text, "import     " + sample_id + "\n"));
  CHECK(contains(text, "of         invoice for tenant acme (full, chunked)\n"));
  CHECK(contains(text, "state      running, 25.0 %\n"));
  CHECK(contains(text, "records    13,005 of ~24,505 stored, 2 rejected\n"));
  CHECK(contains(text, "pick-ups   20: 14 completed, 1 failed attempt, 1 released; 3 refusals waited out\n"));
  CHECK(contains(text, "   1  customer     running     58.5 %  12,000   20,500              12/21\n"));
  CHECK(contains(text, "column_dropped: column custentity_old is unknown here\n"));
}

TEST_CASE("errors are whole however narrow the terminal is") {
  auto status = sample_import();
  status.types[1].state = type_state::failed;
  status.types[1].error = "permission: the role may not read customer";
  CHECK(
      contains(joined(report(status, noon, 200)), "customer  permission: the role may not read customer\n"));
  auto narrow = joined(report(status, noon, 40));
  CHECK(contains(narrow, "customer  permission: the role may not"));
  CHECK(contains(narrow, "          read customer\n"));
  plan_report plan{"acme",
                   "invoice",
                   {{"item", 0, 0, 0, 1, false, "missing_table: no table item"}},
                   0,
                   0,
                   2,
                   import_mode::full,
                   "chunked"};
  CHECK(contains(joined(report(plan, 40)), "item  missing_table: no table item\n"));
}

TEST_CASE("an import's id is never cut") {
  import_list list{{sample_import()}};
  for (std::size_t width : {200U, 80U, 40U, 20U}) {
    CHECK(contains(joined(report(list, width)), sample_id));
    CHECK(contains(joined(report(sample_import(), noon, width)), sample_id));
  }
}

TEST_CASE("nothing to list is said in words") {
  CHECK(joined(report(import_list{})) == "no imports\n");
  CHECK(contains(joined(report(record_type_list{})), "no record types"));
}

TEST_CASE("a plan marks what it could only estimate") {
  plan_report plan{"acme",
                   "invoice",
                   {{"currency", 0, 5, 1, 2, false, ""}, {"customer", 1, 20'500, 21, 3, true, ""}},
                   20'505,
                   22,
                   28,
                   import_mode::full,
                   "chunked"};
  auto text = joined(report(plan));
  CHECK(contains(text, "   0  currency           5        1              2\n"));
  CHECK(contains(
      text, "   1  customer     ~20,500      ~21              3  planned by a keyset walk: estimates\n"));
  CHECK(contains(text, "requests  ~28 expected\n"));
}

TEST_CASE("a node's status shows slots as they are, and outages") {
  node_status node;
  node.name = "node-1";
  node.started_at = noon;
  node.pools = {sample_pool(), sample_pool_in_an_outage()};
  node.suspended = {"acme"};
  auto text = joined(report(node, noon + 7'200'000));
  CHECK(contains(text, "2 h 00 min ago"));
  CHECK(contains(text, "tenants      none\n"));
  CHECK(contains(text, "1111111  13 of 15       3          0        2    5,000        7  ok\n"));
  CHECK(contains(
      text,
      "2222222    2 of 5       1          1        0       10       70  outage: 7 failures in a row\n"));
  CHECK(contains(text, "suspended    acme; \"tidemark tenants\" tells why\n"));
}

TEST_CASE("an account's slots are told with their limit, its source, who waits and how busy they were") {
  auto text = joined(report(sample_pool()));
  CHECK(contains(text, "limit        15 (governance)\n"));
  CHECK(contains(text, "reserve      2 left to other integrations\n"));
  CHECK(contains(text, "busy         98.5 % of the last minute, 80.0 % of 5 min, 50.0 % of 15 min\n"));
  CHECK(contains(text, "refused      7, 3 of them as a refused login\n"));
  CHECK(contains(text, "99.6 % of requests went over a kept connection: 4,980 handshakes saved\n"));
  CHECK(contains(text, "logins       acme proven\n"));
  CHECK(contains(text, "acme.1        2\n"));
  auto down = joined(report(sample_pool_in_an_outage()));
  CHECK(contains(down, "effective    2 granted at most right now\n"));
  CHECK(contains(down, "outage       7 failures in a row\n"));
}

TEST_CASE("tenants are told with their state, and why a suspended one is") {
  tenant_list list{
      {{"acme", "1111111", "active", "", 0, 2}, {"other", "2222222", "suspended", "no login", noon, 0}}};
  auto text = joined(report(list));
  CHECK(contains(text, "acme    1111111  active"));
  CHECK(contains(text, "no login"));
  CHECK(contains(joined(report(list.tenants[1])), "state    suspended\n"));
  CHECK(contains(joined(report(tenant_list{})), "no tenants"));
}

TEST_CASE("a tenant whose paths are compared says so, and so does the node") {
  tenant_info info{"acme", "1111111", "active", "", 0, 2};
  CHECK_FALSE(contains(joined(report(tenant_list{{info}})), "comparing"));
  info.comparing = "customer";
  CHECK(contains(joined(report(tenant_list{{info}})), "customer"));
  CHECK(contains(joined(report(info)), "both paths of customer\n"));
  node_status node;
  node.comparing = {"acme"};
  CHECK(contains(joined(report(node, noon)), "both paths of acme\n"));
}

TEST_CASE("a node tells what is known of an owner that did not say that it stopped, tenant by tenant") {
  node_status node;
  node.recovered = {{"acme", "its owner before was node first, which still runs"}, {"other", "it crashed"}};
  auto text = joined(report(node, noon));
  CHECK(contains(text, "acme: its owner before was node first, which still runs\n"));
  CHECK(contains(text, "other: it crashed\n"));
}

TEST_CASE("imports that could not be listed are not told as none") {
  import_list list;
  CHECK(shortfall(list).empty());
  CHECK(contains(joined(report(list)), "no imports\n"));
  list.missing = {{"acme", "acme.db was moved"}, {"other", "it does not answer"}};
  CHECK(shortfall(list)
        == "imports of tenant acme cannot be listed: acme.db was moved; imports of tenant other cannot be "
           "listed: it does not answer");
  CHECK_FALSE(contains(joined(report(list)), "no imports\n"));
}

TEST_CASE("an import whose ledger cannot be read is told without figures") {
  auto status = sample_import();
  status.state = import_state::paused;
  status.unseen = true;
  status.progress = 0;
  status.batches = {};
  status.records = {};
  auto text = joined(report(status, noon));
  CHECK(contains(text, "paused, ?\n"));
  CHECK(contains(text, "not known: the ledger cannot be read\n"));
  CHECK_FALSE(contains(paint(verdict(status), false), "0 records"));
  CHECK_FALSE(contains(joined(report(import_list{{status}})), " 0 "));
  auto object = to_json(status);
  for (auto name : {"progress", "batches", "records", "pick_ups"}) CHECK(object[name].is_null());
}

TEST_CASE("a log has a line for each change of a state") {
  auto before = sample_import();
  auto after = before;
  after.types[1] = sample_type("customer", 1, type_state::completed, 20'500, 20'500);
  after.types[3].state = type_state::planning;
  after.batches.completed += 9;
  after.notes.push_back({"item", "type_skipped", "item", "no such table", noon});
  CHECK(said(state_changes(&before, after))
        == std::vector<std::string>{"customer: completed, 20,500 records stored in 2.0 s",
                                    "invoice: planning", "item: note type_skipped: no such table"});
}

TEST_CASE("what had happened before anybody looked is told with its own times, in order") {
  auto status = sample_import();
  status.state = import_state::completed;
  for (std::size_t i = 0; i < status.types.size(); ++i) {
    status.types[i].state = type_state::completed;
    status.types[i].finished_at = noon + 10'000 - static_cast<unix_ms>(i) * 1000;
  }
  status.notes = {{"item", "some_note", "", "a note", noon + 1}};
  auto changes = state_changes(nullptr, status);
  REQUIRE(changes.size() == status.types.size() + 1);
  CHECK(changes.front().at == noon + 1);
  CHECK(changes.back().at == noon + 10'000);
  CHECK(std::ranges::is_sorted(changes, {}, &state_change::at));
}

TEST_CASE("what comparing came to is told type by type, and as one sum where many are complete") {
  auto status = sample_import();
  status.types = {sample_type("currency", 0, type_state::completed, 5, 5),
                  sample_type("customer", 1, type_state::completed_with_errors, 1998, 1999)};
  status.types[0].verified = {proof::complete, noon, 5, 0, "complete, 5 records", "keys"};
  status.types[1].verified = {proof::differs, noon, 1999, 0, "1998 of 1999, 1 rejected", "keys"};
  auto text = joined(proofs(status));
  CHECK(contains(text, "currency  complete as of " + local_time_text(noon) + ", 5 of 5\n"));
  CHECK(contains(text,
                 "customer  not complete as of " + local_time_text(noon) + ": 1998 of 1999, 1 rejected\n"));
  CHECK(contains(joined(report(status, noon)), "currency  complete as of "));
  for (int i = 0; i < 20; ++i) {
    status.types.push_back(sample_type("t" + std::to_string(i), 2, type_state::completed, 1, 1));
    status.types.back().verified = {proof::complete, noon + i, 1, 0, "complete, 1 records", "keys"};
  }
  auto many = joined(proofs(status));
  CHECK(contains(many, "complete  21 of 22 record types, as of " + local_time_text(noon) + "\n"));
  CHECK(contains(many, "customer  not complete"));
  CHECK_FALSE(contains(many, "t3"));
}

TEST_CASE("a list of imports keeps what matters however narrow it is, and names what it leaves out") {
  auto status = sample_import();
  status.state = import_state::completed;
  status.mode = import_mode::incremental;
  status.records.unchanged = 13'000;
  status.records.deleted = 7;
  status.finished_at = status.started_at + 61'000;
  import_list list{{status}};
  auto wide = joined(report(list, 300));
  for (auto* part : {"incremental", "completed", "1 min 01 s", "changed", "deleted", "ended", "13,005"})
    CHECK_MESSAGE(contains(wide, part), wide);
  CHECK_FALSE(contains(wide, "too narrow"));
  for (std::size_t width : {80U, 50U}) {
    auto text = joined(report(list, width));
    for (auto* part : {"invoice", "completed", "too narrow to show: "})
      CHECK_MESSAGE(contains(text, part), text);
    CHECK(contains(text, sample_id));
    for (auto& line : texts(report(list, width))) CHECK_MESSAGE(line.size() <= width, line);
  }
}

TEST_CASE("one of a thing is told as one") {
  node_status node;
  node.alerts.push_back({});
  CHECK(contains(joined(report(node, noon)), "1 alert "));
  node.alerts.push_back({});
  CHECK(contains(joined(report(node, noon)), "2 alerts"));
}

TEST_CASE("rejected records lead to where they are") {
  auto text = joined(report(sample_import(), noon));
  CHECK(contains(text, "\"rejected acme\" shows which and why; the next import fetches them again\n"));
}

TEST_CASE("batches alone are not worth a line in a log") {
  auto before = sample_import();
  auto after = before;
  after.batches.completed += 9;
  after.records.stored += 9000;
  after.types[1].batches.completed += 9;
  CHECK(state_changes(&before, after).empty());
}

TEST_CASE("a log begins with what has begun already") {
  auto lines = state_changes(nullptr, sample_import());
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].text == "import " + sample_id + " of invoice for tenant acme: running");
  CHECK(lines[2].text == "customer: running, 20,500 records");
}

TEST_CASE("a verdict sums an import up") {
  auto status = sample_import();
  status.state = import_state::completed_with_errors;
  status.finished_at = noon + 754'000;
  status.batches.failed = 1;
  CHECK(paint(verdict(status), false)
        == "import " + sample_id
               + " completed_with_errors: 13,005 records stored, 2 rejected, 1 batch failed in 12 min 34 s");
  status.state = import_state::paused;
  status.finished_at = 0;
  status.error = "the database is locked";
  CHECK(contains(paint(verdict(status), false),
                 " is paused: 13,005 records stored, 2 rejected, 1 batch failed: the database is locked"));
}

TEST_CASE("exit codes tell how an import ended") {
  CHECK(exit_code_of(import_state::completed) == exit_code::done);
  CHECK(exit_code_of(import_state::running) == exit_code::done);
  CHECK(exit_code_of(import_state::completed_with_errors) == exit_code::completed_with_errors);
  CHECK(exit_code_of(import_state::failed) == exit_code::failed);
  CHECK(exit_code_of(import_state::cancelled) == exit_code::cancelled);
  CHECK(exit_code_of(import_state::paused) == exit_code::paused);
  CHECK_FALSE(at_rest(import_state::cancelling));
  CHECK(at_rest(import_state::paused));
}

TEST_CASE("exit codes tell a refusal from a failure") {
  for (auto code : {ec::bad_request, ec::unknown_tenant, ec::unknown_record_type, ec::unknown_import,
                    ec::conflict, ec::version_mismatch, ec::stopping, ec::dependency_cycle})
    CHECK(exit_code_of(code) == exit_code::refused);
  for (auto code : {ec::authentication, ec::server, ec::store_unavailable, ec::internal, ec::timeout})
    CHECK(exit_code_of(code) == exit_code::failed);
}

} // namespace reports_test
