#include "actors/schedule/control.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include <doctest/doctest.h>

#include "actors/clock.hpp"
#include "config/logging.hpp"
#include "driven_system.hpp"
#include "fakes.hpp"
#include "import/import_world.hpp"
#include "messages/store_words.hpp"

namespace control_test {

using namespace tidemark;

struct control_world : driven_system {
  explicit control_world(failure at_first = {}) : trouble(std::move(at_first)) {
    control_settings with{path, {}};
    with.open = [this](const std::string& where, control_options options) {
      patiences.push_back(options.lock_patience);
      options.lock_patience = std::min(options.lock_patience, std::chrono::milliseconds{10});
      return trouble.code == ec::none ? open_control_store(where, options)
                                      : outcome<std::unique_ptr<control_store>>{std::unexpected(trouble)};
    };
    with.audit_retention = std::chrono::hours{24};
    with.defaults.config = flag_setting{true, {"acme"}};
    with.monitor = monitor.handle();
    actor = spawn(control, std::move(with));
  }

  flag_decision explain(const std::string& tenant) {
    return ask<flag_decision>(actor, explain_flag{chunked_import_flag, tenant}).value();
  }

  /// What a person does by SQL while the node runs.
  void write(flag_action action, const std::string& tenant = "") {
    auto other = open_control_store(path);
    REQUIRE(other);
    REQUIRE((*other)->change_flag(chunked_import_flag, 1, [&](auto& present) {
      return changed(present, {chunked_import_flag, action, tenant, "sql"});
    }));
  }

  /// The same, with a list that may be no list.
  void write_tenants(const std::string& tenant_ids) {
    auto other = open_control_store(path);
    REQUIRE(other);
    REQUIRE((*other)->change_flag(chunked_import_flag, 1, [&](auto&) -> outcome<flag_record> {
      flag_record record;
      record.name = chunked_import_flag;
      record.enabled = "1";
      record.has_tenant_ids = true;
      record.tenant_ids = tenant_ids;
      return record;
    }));
  }

  /// From here on the database cannot be opened; what is open is given up.
  void take_away(std::string_view word = {}) {
    trouble = {ec::store_unavailable, "the disk is gone", path, std::string{word}};
    std::filesystem::rename(path, path + ".away");
  }

  void put_back() {
    trouble = {};
    std::filesystem::rename(path + ".away", path);
  }

  /// What happens while another program has the lock for writing; what is there can be read.
  void while_locked(const std::function<void()>& act) {
    auto other = open_control_store(path);
    REQUIRE(other);
    static_cast<void>((*other)->change_flag("another", 1, [&](auto&) -> outcome<flag_record> {
      act();
      return fail(ec::conflict, "nothing is changed");
    }));
  }

  void add_to_the_audit(int entries) {
    for (int i = 0; i < entries; ++i) tell(actor, audit_entry{});
  }

  scratch_folder folder;
  std::vector<std::chrono::milliseconds> patiences; ///< with locks, each time that it was opened
  std::string path = folder.file("control.db");
  failure trouble;
  listener<monitor_actor, raise_alert, clear_alert> monitor{*this};
  control_actor actor;
};

/// Entries as they stand in the database.
std::vector<audit_entry> entries_in(const std::string& path) {
  auto database = open_control_store(path);
  REQUIRE(database);
  return (*database)->audit("", 0, 1000)->rows;
}

TEST_CASE("what somebody else writes into the control database counts at the next decision") {
  control_world it;
  CHECK(it.explain("acme").enabled);
  CHECK(it.explain("acme").source == "config");
  CHECK_FALSE(it.explain("other").enabled);
  it.write(flag_action::add_tenant, "other");
  CHECK(it.explain("other").enabled);
  CHECK(it.explain("other").source == "record");
  CHECK_FALSE(it.explain("acme").enabled);
  it.write(flag_action::disable);
  CHECK_FALSE(it.explain("other").enabled);
}

TEST_CASE("while the control database is away the last known decision stays, and says so") {
  control_world it;
  it.write(flag_action::add_tenant, "other");
  REQUIRE(it.explain("other").enabled);
  it.take_away();
  auto decision = it.explain("other");
  CHECK(decision.enabled);
  CHECK(contains(decision.reason, "cannot be read now"));
  CHECK_FALSE(it.explain("acme").enabled);
  it.put_back();
  it.write(flag_action::disable);
  CHECK_FALSE(it.explain("other").enabled);
  CHECK_FALSE(contains(it.explain("other").reason, "cannot be read"));
}

TEST_CASE("a control database that could never be read leaves the decision to the environment and the file") {
  control_world it{{ec::store_unavailable, "the disk is gone"}};
  CHECK(it.explain("acme").enabled);
  CHECK(contains(it.explain("acme").reason, "was not since the node started"));
  CHECK(it.ask<flag_list>(it.actor, list_flags{}).failed());
}

TEST_CASE("a record that is wrong raises one alert that names it, until it is right") {
  control_world it;
  it.write_tenants("[42");
  CHECK_FALSE(it.explain("42").enabled);
  it.explain("acme");
  REQUIRE(it.monitor.heard<raise_alert>().size() == 1);
  auto& raised = it.monitor.heard<raise_alert>().front().what;
  CHECK(raised.id == "flag_record_wrong");
  CHECK(raised.about.name == chunked_import_flag);
  CHECK(contains(raised.text, "no valid JSON"));
  it.write_tenants("[42]");
  CHECK(it.explain("42").enabled);
  REQUIRE(it.monitor.heard<clear_alert>().size() == 1);
  CHECK(it.monitor.heard<clear_alert>().front().about.name == chunked_import_flag);
}

TEST_CASE("a control database that cannot be read raises one alert, and its return clears it") {
  control_world it;
  it.explain("acme");
  it.take_away();
  it.explain("acme");
  it.explain("acme");
  REQUIRE(it.monitor.heard<raise_alert>().size() == 1);
  CHECK(it.monitor.heard<raise_alert>().front().what.id == "control_away");
  it.put_back();
  it.explain("acme");
  CHECK(it.monitor.heard<clear_alert>().size() == 1);
}

TEST_CASE("whether the control database can be used is seen though nobody asks") {
  control_world it;
  it.advance(std::chrono::seconds{20});
  CHECK(it.monitor.heard<raise_alert>().empty());
  SUBCASE("it is moved away and put back") {
    std::filesystem::rename(it.path, it.path + ".away");
    it.advance(std::chrono::seconds{6});
    REQUIRE(it.monitor.heard<raise_alert>().size() == 1);
    CHECK(it.monitor.heard<raise_alert>().front().what.id == "control_away");
    CHECK(it.monitor.heard<clear_alert>().empty());
    std::filesystem::rename(it.path + ".away", it.path);
    it.advance(std::chrono::seconds{6});
  }
  SUBCASE("somebody who wants to write meets a lock, which goes") {
    it.while_locked([&] {
      schedule row;
      row.name = "nightly";
      CHECK(it.ask<done>(it.actor, store_schedule{row, store_schedule::how::add}).failed());
      REQUIRE(it.monitor.heard<raise_alert>().size() == 1);
      CHECK(it.monitor.heard<raise_alert>().front().what.id == "control_away");
      CHECK(contains(it.monitor.heard<raise_alert>().front().what.text, "cannot be written"));
      it.advance(std::chrono::seconds{20});
      CHECK(it.monitor.heard<clear_alert>().empty());
    });
    it.advance(std::chrono::seconds{6});
  }
  CHECK(it.monitor.heard<raise_alert>().size() == 1);
  REQUIRE(it.monitor.heard<clear_alert>().size() == 1);
  CHECK(it.monitor.heard<clear_alert>().front().id == "control_away");
}

TEST_CASE("however much waits for a lock of the control database, decisions do not wait for it again") {
  control_world it;
  it.explain("acme");
  it.take_away(store_words::locked);
  it.patiences.clear();
  it.add_to_the_audit(20);
  it.explain("acme");
  CHECK(it.patiences.size() <= 4); // not one for each entry
  // None but the first waits: one of them may be on its way whenever somebody asks for a flag.
  std::chrono::milliseconds longest{0};
  for (auto each : it.patiences) longest += each;
  CHECK(longest < std::chrono::milliseconds{2500});
  it.patiences.clear();
  for (int i = 0; i < 20; ++i)
    CHECK(it.ask<flag_record>(it.actor, change_flag{chunked_import_flag, flag_action::enable, "", "anna"})
              .failed());
  CHECK(std::ranges::max(it.patiences) < std::chrono::milliseconds{100});
  it.put_back();
  it.advance(std::chrono::seconds{6});
  it.explain("acme");
  CHECK(it.patiences.back() == control_options{}.lock_patience);
}

TEST_CASE("what waits for a lock of the control database is written when that has gone, and flags are read "
          "meanwhile") {
  control_world it;
  it.while_locked([&] {
    it.add_to_the_audit(3);
    CHECK(it.explain("acme").enabled);
    CHECK_FALSE(contains(it.explain("acme").reason, "cannot be read"));
  });
  CHECK(entries_in(it.path).empty());
  it.advance(std::chrono::seconds{6});
  CHECK(entries_in(it.path).size() == 3);
}

TEST_CASE("a control database that was moved away is not made anew") {
  control_world it;
  it.explain("acme");
  std::filesystem::rename(it.path, it.path + ".away");
  it.explain("acme");
  it.explain("acme");
  CHECK_FALSE(std::filesystem::exists(it.path));
  CHECK(it.ask<flag_record>(it.actor, change_flag{chunked_import_flag, flag_action::enable, "", "anna"})
            .failed());
}

TEST_CASE("the first that is asked of a control database which was put back is answered") {
  control_world it;
  it.explain("acme");
  std::filesystem::rename(it.path, it.path + ".away");
  std::filesystem::copy_file(it.path + ".away", it.path);
  CHECK_FALSE(it.ask<flag_record>(it.actor, change_flag{chunked_import_flag, flag_action::enable, "", "anna"})
                  .failed());
}

TEST_CASE("a flag that nobody has is refused with the nearest, and one that SQL has made is known") {
  control_world it;
  auto wanted = change_flag{"chunked_imports", flag_action::enable, "", "anna"};
  auto refused = it.ask<flag_record>(it.actor, wanted);
  REQUIRE(refused.failed());
  CHECK(contains(refused.error().message, "no flag chunked_imports; did you mean 'chunked_import'?"));
  CHECK(it.ask<flag_decision>(it.actor, explain_flag{"chunked_imports", "acme"}).failed());
  {
    auto other = open_control_store(it.path);
    REQUIRE(
        (*other)->change_flag("chunked_imports", 1, [&](auto& present) { return changed(present, wanted); }));
  }
  CHECK_FALSE(it.ask<flag_record>(it.actor, wanted).failed());
}

TEST_CASE("a record that is removed leaves the decision to what there is without one") {
  control_world it;
  REQUIRE_FALSE(
      it.ask<flag_record>(it.actor, change_flag{chunked_import_flag, flag_action::disable, "", "anna"})
          .failed());
  CHECK_FALSE(it.explain("acme").enabled);
  auto removed =
      it.ask<flag_record>(it.actor, change_flag{chunked_import_flag, flag_action::remove, "", "anna"});
  CHECK(removed.value().enabled == "0");
  CHECK(it.explain("acme").enabled);
  CHECK(it.explain("acme").source == "config");
  CHECK(it.ask<flag_record>(it.actor, change_flag{chunked_import_flag, flag_action::remove, "", "anna"})
            .failed());
}

TEST_CASE("a flag is changed by command, and a refused change says why") {
  control_world it;
  auto made =
      it.ask<flag_record>(it.actor, change_flag{chunked_import_flag, flag_action::add_tenant, "42", "anna"});
  CHECK(made.value().tenant_ids == "[\"acme\",42]"); // it begins as what the configuration says
  auto removed = it.ask<flag_record>(
      it.actor, change_flag{chunked_import_flag, flag_action::remove_tenant, "acme", "anna"});
  CHECK(removed.value().tenant_ids == "[42]");
  auto refused = it.ask<flag_record>(
      it.actor, change_flag{chunked_import_flag, flag_action::remove_tenant, "42", "anna"});
  REQUIRE(refused.failed());
  CHECK(refused.error().code == ec::conflict);
  auto list = it.ask<flag_list>(it.actor, list_flags{}).value();
  REQUIRE(list.flags.size() == 1);
  CHECK(list.flags[0].problem.empty());
  CHECK(contains(list.otherwise, "configuration file"));
}

TEST_CASE("the audit is kept while it cannot be written, and written in order later") {
  control_world it;
  it.explain("acme");
  it.take_away();
  for (auto command : {"first", "second"}) {
    audit_entry entry;
    entry.command = command;
    it.tell(it.actor, entry);
  }
  CHECK(it.ask<audit_list>(it.actor, list_audit{"", 10}).failed());
  it.put_back();
  auto list = it.ask<audit_list>(it.actor, list_audit{"", 10}).value();
  REQUIRE(list.entries.size() == 2);
  CHECK(list.entries[0].command == "second");
  CHECK(list.entries[1].command == "first");
}

audit_entry entry_of(const std::string& command) {
  return {0, wall_now(), "anna@local", "local socket, tidemark", command, "acme", "acme.1", "done", ""};
}

TEST_CASE("what the audit keeps in memory is written at the stop, if the database is back") {
  control_world it;
  it.explain("acme");
  it.take_away();
  it.tell(it.actor, entry_of("first"));
  it.tell(it.actor, entry_of("second"));
  it.put_back();
  it.crash(it.actor);
  auto written = entries_in(it.path);
  REQUIRE(written.size() == 2);
  CHECK(written[1].command == "first");
}

TEST_CASE("what the audit keeps in memory is told in full at the stop, if the database is away") {
  control_world it;
  it.explain("acme");
  told_log told;
  it.take_away();
  it.tell(it.actor, entry_of("import start customer"));
  it.tell(it.actor, entry_of("node stop"));
  it.crash(it.actor);
  auto text = told.text();
  for (auto part : {"import start customer", "node stop", "anna@local", "local socket, tidemark", "acme.1"})
    CHECK(contains(text, part));
}

TEST_CASE("what comes to the audit just before the end, with the database away, is told in full as well") {
  control_world it;
  it.explain("acme");
  told_log told;
  it.take_away();
  post(it.actor, entry_of("import start customer"));
  it.crash(it.actor);
  CHECK(contains(told.text(), "import start customer"));
}

TEST_CASE("an entry for an audit that has ended is told in full") {
  control_world it;
  told_log told;
  it.crash(it.actor);
  bool over = false;
  it.let(it.spawn_puppet(), [&](caf::event_based_actor* self) {
    add_to_audit(self, it.actor, entry_of("import start customer"), [&] { over = true; });
  });
  CHECK(over);
  CHECK(contains(told.text(), "import start customer"));
}

TEST_CASE("old entries of the audit go at the start and once a day") {
  control_world it;
  auto old = entry_of("old");
  old.at -= 48 * 3'600'000;
  it.tell(it.actor, old);
  it.tell(it.actor, entry_of("new"));
  CHECK(entries_in(it.path).size() == 2);
  it.tell(it.actor, tick{});
  auto left = entries_in(it.path);
  REQUIRE(left.size() == 1);
  CHECK(left[0].command == "new");
}

} // namespace control_test
