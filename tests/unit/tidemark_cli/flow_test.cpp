#include "client_fixture.hpp"
#include "fake_node.hpp"
#include "samples.hpp"

#include "messages/caf_error.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
namespace flow_test {

using namespace tidemark;
using namespace tidemark::cli;

import_status in_state(import_state state) {
  auto status = sample_import();
  status.state = state;
  if (is_final(state)) status.finished_at = noon + 10'000;
  if (state == import_state::completed)
    for (auto& type : status.types)
      type = sample_type(type.name, type.wave, type_state::completed, 1000, 1000);
  return status;
}

import_event event(std::uint64_t sequence, const std::string& kind, import_status status,
                   std::uint64_t epoch = 7) {
  import_event result;
  result.epoch = epoch;
  result.sequence = sequence;
  result.at = noon;
  result.kind = kind;
  result.import = std::move(status);
  return result;
}

/// A node whose import is queued at the start, then runs and ends in `last`.
node_script script_ending_in(import_state last) {
  node_script script;
  script.on<start_import>() = [](const start_import&) { return in_state(import_state::queued); };
  script.on<query_import>() = [last](const query_import&) { return in_state(last); };
  script.on_subscribe = [last](const subscribe&, const subscriber_actor& to) {
    post(to, journal_snapshot{7, 1, {in_state(import_state::queued)}});
    post(to, event(2, "import_state", in_state(import_state::running)));
    post(to, event(3, "import_state", in_state(last)));
  };
  return script;
}

TEST_CASE("start answers at once with the import's object") {
  fake_node node{script_ending_in(import_state::completed)};
  test_client client;
  auto result = client.run(node.path(), {"--json", "import", "start", "acme", "invoice"});
  CHECK(result.code == exit_code::done);
  REQUIRE(lines_of(result.out).size() == 1);
  auto object = nlohmann::json::parse(result.out);
  CHECK(object["id"] == sample_id);
  CHECK(object["state"] == "queued");
}

TEST_CASE("start --wait tells its events and ends with the final object") {
  fake_node node{script_ending_in(import_state::completed)};
  test_client client;
  auto result = client.run(node.path(), {"import", "start", "acme", "invoice", "--wait", "--json"});
  CHECK(result.code == exit_code::done);
  auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 4);
  CHECK(nlohmann::json::parse(lines[0])["event"] == "snapshot");
  CHECK(nlohmann::json::parse(lines[1])["event"] == "import_state");
  CHECK(nlohmann::json::parse(lines[2])["state"] == "completed");
  auto last = nlohmann::json::parse(lines[3]);
  CHECK_FALSE(last.contains("event"));
  CHECK(last["state"] == "completed");
}

TEST_CASE("waiting exits by the state in which the import rests") {
  auto code_for = [](import_state state) {
    fake_node node{script_ending_in(state)};
    return test_client{}.run(node.path(), {"import", "start", "acme", "invoice", "--wait"}).code;
  };
  CHECK(code_for(import_state::completed) == exit_code::done);
  CHECK(code_for(import_state::completed_with_errors) == exit_code::completed_with_errors);
  CHECK(code_for(import_state::failed) == exit_code::failed);
  CHECK(code_for(import_state::cancelled) == exit_code::cancelled);
  CHECK(code_for(import_state::paused) == exit_code::paused);
}

TEST_CASE("an import that ended before the subscription is found in the snapshot") {
  auto script = script_ending_in(import_state::failed);
  script.on_subscribe = [](const subscribe&, const subscriber_actor& to) {
    post(to, journal_snapshot{7, 9, {in_state(import_state::failed)}});
  };
  fake_node node{std::move(script)};
  CHECK(test_client{}.run(node.path(), {"import", "start", "acme", "invoice", "--wait"}).code
        == exit_code::failed);
}

TEST_CASE("an import that the journal has forgotten is asked for") {
  auto script = script_ending_in(import_state::cancelled);
  script.on_subscribe = [](const subscribe&, const subscriber_actor& to) {
    post(to, journal_snapshot{7, 9, {}});
  };
  fake_node node{std::move(script)};
  CHECK(test_client{}.run(node.path(), {"import", "watch", sample_id}).code == exit_code::cancelled);
}

TEST_CASE("an import that nobody knows is refused in the node's words") {
  node_script script;
  script.on<query_import>() = [](const query_import& x) -> caf::result<import_status> {
    return to_caf_error({ec::unknown_import, "no import " + x.id, x.id});
  };
  script.on_subscribe = [](const subscribe&, const subscriber_actor& to) {
    post(to, journal_snapshot{7, 9, {}});
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"import", "watch", sample_id});
  CHECK(result.code == exit_code::refused);
  CHECK(result.err == "tidemark: no import " + sample_id + "\n");
}

TEST_CASE("a journal that restarts is asked for a new snapshot") {
  auto script = script_ending_in(import_state::completed);
  auto subscriptions = std::make_shared<std::atomic<int>>(0);
  script.on_subscribe = [subscriptions](const subscribe&, const subscriber_actor& to) {
    if (++*subscriptions == 1) {
      post(to, journal_snapshot{7, 1, {in_state(import_state::running)}});
      post(to, event(1, "import_state", in_state(import_state::failed), 8));
    } else {
      post(to, journal_snapshot{8, 5, {in_state(import_state::completed)}});
    }
  };
  fake_node node{std::move(script)};
  CHECK(test_client{}.run(node.path(), {"import", "watch", sample_id}).code == exit_code::done);
  CHECK(*subscriptions == 2);
}

TEST_CASE("credit goes back as events are taken") {
  constexpr std::uint32_t events = 1000;
  auto script = script_ending_in(import_state::completed);
  struct sender {
    std::uint32_t credit = 0;
    std::uint64_t sequence = 1;
    bool overdrawn = false;
    void serve(const subscriber_actor& to) {
      for (; credit > 0 && sequence <= events; --credit, ++sequence)
        post(to, event(sequence + 1, "batch_completed",
                       in_state(sequence == events ? import_state::completed : import_state::running)));
    }
  };
  auto state = std::make_shared<sender>();
  script.on_subscribe = [state](const subscribe& wanted, const subscriber_actor& to) {
    state->credit = wanted.credit - 1;
    post(to, journal_snapshot{7, 1, {in_state(import_state::running)}});
    state->serve(to);
  };
  script.on_more = [state](const more_events& more, const subscriber_actor& to) {
    state->credit += more.credit;
    if (state->credit > stream_credit) state->overdrawn = true;
    state->serve(to);
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"import", "watch", sample_id, "--json"});
  CHECK(result.code == exit_code::done);
  CHECK(lines_of(result.out).size() == events + 2);
  CHECK_FALSE(state->overdrawn);
}

TEST_CASE("a paused import that is started again is waited for until it ends") {
  auto script = script_ending_in(import_state::completed);
  script.on<start_import>() = [](const start_import&) { return in_state(import_state::paused); };
  script.on_subscribe = [](const subscribe&, const subscriber_actor& to) {
    post(to, journal_snapshot{7, 1, {in_state(import_state::paused)}});
    post(to, event(2, "import_state", in_state(import_state::paused)));
    post(to, event(3, "import_state", in_state(import_state::running)));
    post(to, event(4, "import_state", in_state(import_state::completed)));
  };
  fake_node node{std::move(script)};
  CHECK(test_client{}.run(node.path(), {"import", "start", "acme", "invoice", "--wait"}).code
        == exit_code::done);
}

TEST_CASE("a node that goes away ends a wait at once") {
  signal_flag subscribed;
  auto script = script_ending_in(import_state::completed);
  script.on_subscribe = [&](const subscribe&, const subscriber_actor& to) {
    post(to, journal_snapshot{7, 1, {in_state(import_state::running)}});
    subscribed.raise();
  };
  fake_node node{std::move(script)};
  std::thread away{[&] {
    subscribed.wait();
    node.vanish();
  }};
  auto begin = clock::now();
  auto result = test_client{}.run(node.path(), {"import", "start", "acme", "invoice", "--wait"});
  away.join();
  CHECK(result.code == exit_code::node_lost);
  CHECK(result.err.find("went away; import " + sample_id + " goes on when the node is back")
        != std::string::npos);
  CHECK(clock::now() - begin < std::chrono::seconds{5});
}

TEST_CASE("a node that goes away ends a question at once") {
  signal_flag asked;
  node_script script;
  script.silent = true;
  script.on<plan_import>() = [&](const plan_import&) {
    asked.raise();
    return plan_report{};
  };
  fake_node node{std::move(script)};
  test_client client;
  std::thread away{[&] {
    asked.wait();
    node.vanish();
  }};
  auto result = client.run(node.path(), {"plan", "acme", "invoice"});
  away.join();
  CHECK(result.code == exit_code::node_lost);
}

TEST_CASE("a node that does not answer is given up after the time-out") {
  node_script script;
  script.silent = true;
  fake_node node{std::move(script)};
  test_client client;
  client.waits.request = std::chrono::milliseconds{100};
  auto result = client.run(node.path(), {"node", "status"});
  CHECK(result.code == exit_code::node_lost);
  CHECK(result.err
        == "tidemark: the node did not answer within 0.1 s; it may be overloaded, its log says more\n");
}

TEST_CASE("a node that sends no snapshot is given up after the time-out") {
  node_script script;
  fake_node node{std::move(script)};
  test_client client;
  client.waits.request = std::chrono::milliseconds{100};
  auto result = client.run(node.path(), {"import", "watch", sample_id});
  CHECK(result.code == exit_code::node_lost);
  CHECK(result.err.find("sends no events") != std::string::npos);
}

TEST_CASE("no node at the path is told as such") {
  auto result = test_client{}.run("/nonexistent/control.sock", {"node", "status"});
  CHECK(result.code == exit_code::node_lost);
  CHECK(result.err.find("/nonexistent/control.sock") != std::string::npos);
}

TEST_CASE("a node of another version says so in the client's words") {
  node_script script;
  SUBCASE("the node refuses the hello") {
    script.on_hello = [](const hello&, const caf::strong_actor_ptr&) -> caf::result<welcome> {
      return to_caf_error({ec::version_mismatch, "tidemark 0.1.0 speaks protocol version 1, the node 2"});
    };
  }
  SUBCASE("the node welcomes with another version") {
    script.on_hello = [](const hello&, const caf::strong_actor_ptr& session) -> caf::result<welcome> {
      return welcome{protocol_version + 1, "test-node", "0.9.0", session};
    };
  }
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"node", "status"});
  CHECK(result.code == exit_code::refused);
  CHECK(result.err.find("speaks protocol version") != std::string::npos);
}

TEST_CASE("a welcome without a session is no link") {
  node_script script;
  script.on_hello = [](const hello&, const caf::strong_actor_ptr&) -> caf::result<welcome> {
    return welcome{protocol_version, "test-node", "0.1.0", nullptr};
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"node", "status"});
  CHECK(result.code == exit_code::node_lost);
  CHECK(result.err.find("opened no session") != std::string::npos);
}

TEST_CASE("a cancel answers with its receipt") {
  node_script script;
  script.on<cancel_import>() = [](const cancel_import& x) {
    return cancel_receipt{x.id, x.requested_by, noon, noon + 1500, 12, 4, 800};
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"--json", "import", "cancel", sample_id});
  CHECK(result.code == exit_code::done);
  CHECK(result.out
        == R"({"import_id":"acme.01jzzzzzzz0000000000000000","requested_by":"anna@local",)"
           R"("requested_at":"2026-03-01T12:00:00.000Z","finished_at":"2026-03-01T12:00:01.500Z",)"
           R"("batches_completed":12,"batches_interrupted":4,"batches_never_started":800})"
           "\n");
}

TEST_CASE("Ctrl-C while waiting detaches and says how to come back") {
  signal_flag subscribed;
  auto script = script_ending_in(import_state::completed);
  script.on_subscribe = [&](const subscribe&, const subscriber_actor&) { subscribed.raise(); };
  fake_node node{std::move(script)};
  test_client client;
  std::thread keyboard{[&] {
    subscribed.wait();
    client.in.put(interrupted{});
  }};
  auto result = client.run(node.path(), {"import", "start", "acme", "invoice", "--wait"});
  keyboard.join();
  CHECK(result.code == exit_code::interrupted);
  CHECK(result.err.find("\"tidemark import watch " + sample_id + "\"") != std::string::npos);
  CHECK(result.err.find("\"tidemark import cancel " + sample_id + "\"") != std::string::npos);
}

TEST_CASE("Ctrl-C during a cancel says where its receipt will be") {
  signal_flag asked;
  node_script script;
  script.silent = true;
  script.on<cancel_import>() = [&](const cancel_import&) {
    asked.raise();
    return cancel_receipt{};
  };
  fake_node node{std::move(script)};
  test_client client;
  std::thread keyboard{[&] {
    asked.wait();
    client.in.put(interrupted{});
  }};
  auto result = client.run(node.path(), {"import", "cancel", sample_id});
  keyboard.join();
  CHECK(result.code == exit_code::interrupted);
  CHECK(result.err.find("it goes on, and \"tidemark import cancel " + sample_id + "\" shows its receipt")
        != std::string::npos);
}

TEST_CASE("a stream that says nothing for long is not trusted blindly") {
  auto script = script_ending_in(import_state::completed);
  script.on_subscribe = [](const subscribe&, const subscriber_actor& to) {
    post(to, journal_snapshot{7, 1, {in_state(import_state::running)}});
  };
  fake_node node{std::move(script)};
  test_client client;
  client.waits.request = std::chrono::milliseconds{200};
  CHECK(client.run(node.path(), {"import", "watch", sample_id}).code == exit_code::done);
}

TEST_CASE("refusals of the node end with its sentence and code 2") {
  node_script script;
  script.on<start_import>() = [](const start_import&) -> caf::result<import_status> {
    return to_caf_error({ec::unknown_tenant, "no tenant nobody on this node; it has acme", "nobody"});
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"import", "start", "nobody", "invoice"});
  CHECK(result.code == exit_code::refused);
  CHECK(result.err == "tidemark: no tenant nobody on this node; it has acme\n");
}

TEST_CASE("a list has one object per import") {
  node_script script;
  script.on<list_imports>() = [](const list_imports& x) {
    import_list list;
    for (std::uint32_t i = 0; i < x.limit; ++i) list.imports.push_back(in_state(import_state::completed));
    return list;
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"import", "list", "--limit", "3", "--json"});
  CHECK(lines_of(result.out).size() == 3);
}

/// Answers with pages of so many records, out of `count` with raw values of so many bytes.
node_script rejecting_node(std::uint64_t count, std::uint64_t rows, std::size_t bytes) {
  node_script script;
  script.on<list_rejected>() = [=](const list_rejected& x) {
    rejected_list list;
    for (auto i = x.after + 1; i <= count && list.records.size() < std::min<std::uint64_t>(x.limit, rows);
         ++i)
      list.records.push_back(
          {"customer", {std::to_string(i), "bad", std::string(bytes, 'x')}, "acme.1", 1, 1000});
    auto last = x.after + list.records.size();
    list.next = last < count ? last : 0;
    return list;
  };
  return script;
}

TEST_CASE("a list of many large rows comes in pages that a link can carry, and is told as one") {
  // 60 MB in all, where a frame holds 16 MiB.
  fake_node node{rejecting_node(600, 100, 100'000)};
  auto result = test_client{}.run(node.path(), {"rejected", "acme", "--limit", "100000", "--json"});
  CHECK(result.code == exit_code::done);
  CHECK(lines_of(result.out).size() == 600);
  CHECK(result.out.size() > 60'000'000);
}

TEST_CASE("pages end at the limit, as a table and as objects") {
  fake_node node{rejecting_node(500, 40, 3)};
  auto objects = test_client{}.run(node.path(), {"rejected", "acme", "--limit", "130", "--json"});
  CHECK(lines_of(objects.out).size() == 130);
  auto table = test_client{}.run(node.path(), {"rejected", "acme", "--limit", "130"});
  CHECK(lines_of(table.out).size() == 131);
}

TEST_CASE("batches are told as one table, with the number that is left") {
  node_script script;
  script.on<list_batches>() = [](const list_batches& x) {
    batch_list list{x.id, {}, 0, 0};
    for (std::uint32_t i = 0; i < std::min(x.limit, 10U); ++i) {
      batch_info info;
      info.number = x.after + i + 1;
      list.batches.push_back(info);
    }
    list.next = list.batches.back().number;
    list.left_off = 100 - list.next;
    return list;
  };
  fake_node node{std::move(script)};
  auto table = test_client{}.run(node.path(), {"batches", sample_id, "--limit", "25"});
  auto lines = lines_of(table.out);
  CHECK(lines.size() == 27);
  CHECK(lines.back() == "and 75 more; --limit shows more of them");
}

TEST_CASE("errors are counted once and told from all pages") {
  node_script script;
  script.on<query_errors>() = [](const query_errors& x) {
    error_report report;
    report.tenant = x.tenant;
    if (x.after.empty()) report.counts.push_back({"customer", "server", "500", 3, 1000});
    error_entry entry;
    entry.category = "server";
    entry.text = "page " + x.after;
    report.last = {entry};
    report.next = x.after == "2" ? "" : x.after.empty() ? "1" : "2";
    return report;
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"errors", "acme", "--json"});
  auto told = nlohmann::json::parse(result.out);
  CHECK(told["counts"].size() == 1);
  CHECK(told["last"].size() == 3);
}

TEST_CASE("a node that fails between two pages is complained of") {
  node_script script;
  script.on<list_rejected>() = [](const list_rejected& x) -> caf::result<rejected_list> {
    if (x.after != 0) return to_caf_error({ec::store_unavailable, "the database is gone"});
    return rejected_list{{{"customer", {"1", "bad", "{}"}, "acme.1", 1, 1000}}, 1};
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"rejected", "acme", "--json"});
  CHECK(result.code != exit_code::done);
  CHECK(lines_of(result.out).size() == 1);
  CHECK(result.err == "{\"error\":{\"text\":\"the database is gone\",\"exit_code\":4,\"where\":null}}\n");
}

TEST_CASE("node stop stays until the link has closed, which is the last that a node does") {
  node_script script;
  std::string who;
  script.on<stop_node>() = [&](const stop_node& x) {
    who = x.requested_by;
    return node_stopping{"test-node", 30};
  };
  fake_node node{std::move(script)};
  test_client client;
  signal_flag told;
  client.to.out = [&, out = client.to.out](std::string_view text) {
    out(text);
    told.raise();
  };
  std::thread end{[&] {
    told.wait();
    node.vanish();
  }};
  auto result = client.run(node.path(), {"node", "stop"});
  end.join();
  CHECK(result.code == exit_code::done);
  CHECK(who == "anna@local");
  CHECK(result.out
        == "node test-node stops; imports that are under way go on at its next start\nit has stopped\n");
}

TEST_CASE("Ctrl-C leaves a node alone that is stopping") {
  node_script script;
  script.on<stop_node>() = [](const stop_node&) { return node_stopping{"test-node", 30}; };
  fake_node node{std::move(script)};
  test_client client;
  client.to.out = [&, out = client.to.out](std::string_view text) {
    out(text);
    client.in.put(interrupted{});
  };
  auto result = client.run(node.path(), {"node", "stop"});
  CHECK(result.code == exit_code::interrupted);
  CHECK(result.err.find("the node goes on stopping") != std::string::npos);
}

TEST_CASE("reload tells what has changed and what is left to do") {
  node_script script;
  script.on<reload_node>() = [](const reload_node&) {
    return reload_report{{"tenant acme has new credentials"}, {"tenant acme is still suspended"}};
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"reload"});
  CHECK(result.code == exit_code::done);
  CHECK(result.out == "tenant acme has new credentials\ntenant acme is still suspended\n");
  auto object = nlohmann::json::parse(test_client{}.run(node.path(), {"--json", "reload"}).out);
  CHECK(object["changes"].size() == 1);
  CHECK(object["hints"].size() == 1);
}

TEST_CASE("a file with mistakes is told a line each") {
  node_script script;
  script.on<reload_node>() = [](const reload_node&) -> caf::result<reload_report> {
    return to_caf_error({ec::bad_config, "node.toml:1: one\nnode.toml:2: two", "node.toml"});
  };
  fake_node node{std::move(script)};
  auto result = test_client{}.run(node.path(), {"reload"});
  CHECK(result.code == exit_code::refused);
  CHECK(result.err == "tidemark: node.toml:1: one\nnode.toml:2: two\n");
}

} // namespace flow_test
