#include "conformance/fixture.hpp"
#include "store/deletion_guard.hpp"

#include <limits>

#include <fmt/format.h>

namespace tidemark::test {

using rows = std::vector<std::string>;

TEST_SUITE_BEGIN("tenant store: deletion guard");

namespace deletion_guard_test {

type_row ended(std::string_view name, unix_ms server_time, type_state state = type_state::completed) {
  auto x = type_of(name, state);
  x.server_time = server_time;
  return x;
}

/// 1000 customers, and 1000 lines of 500 transactions, brought by an import that read them whole.
struct guarded : store_fixture {
  guarded() { fill(); }

  static std::shared_ptr<record_set> customers(std::int64_t first, std::int64_t last) {
    auto set = page({"id"}, {});
    for (auto key = first; key <= last; ++key) set->add_row()[0] = record_set::make_integer(key);
    return set;
  }

  /// Two lines of each transaction.
  static std::shared_ptr<record_set> lines(std::int64_t first, std::int64_t last, std::int64_t each = 2) {
    auto set = page({"transaction", "id"}, {});
    for (auto key = first; key <= last; ++key)
      for (std::int64_t line = 0; line < each; ++line) {
        auto cells = set->add_row();
        cells[0] = record_set::make_integer(key);
        cells[1] = record_set::make_integer(line);
      }
    return set;
  }

  void fill() {
    import_batch(before, "customer", {std::nullopt, 1000}, {customers(1, 1000)});
    must(store->finish_type(before, ended("customer", now)));
    import_batch(before, "transactionline", {std::nullopt, 1000}, {lines(1, 500)});
    must(store->finish_type(before, ended("transactionline", now)));
    end(before);
  }

  void end(const std::string& import, import_state state = import_state::completed) {
    import_change change;
    change.state = state;
    must(store->set_import_state(import, change));
  }

  /// An import that reads the customers from 1 to 1000 whole and gets these; returns its id. It goes on.
  std::string read_customers(std::int64_t first, std::int64_t last, import_mode mode = import_mode::full) {
    auto import = start(mode);
    auto row = batch_of(5000 + ++batches_read, {std::nullopt, 1000});
    must(store->add_batches(import, type_of("customer"), {&row, 1}));
    must(store->store_batch(picked_up(import, row.number, {customers(first, last)})));
    return import;
  }

  std::uint64_t live() {
    return std::stoull(sql("SELECT count(*) FROM customer WHERE _deleted_at IS NULL").at(0));
  }
  std::uint64_t noted() { return std::stoull(sql("SELECT count(*) FROM missing_records").at(0)); }

  /// An import that has held the deletion of customers and has ended.
  std::string held(std::int64_t last = 600) {
    auto import = read_customers(1, last);
    REQUIRE(must(store->finish_type(import, ended("customer", now + 1000))).held
            == static_cast<std::uint64_t>(1000 - last));
    end(import, import_state::completed_with_errors);
    return import;
  }

  std::uint64_t batches_read = 0;
  std::string before = start();
};

TEST_CASE("two percent may go, and always a hundred") {
  CHECK(most_deletions(2, 0) == 100);
  CHECK(most_deletions(2, 5000) == 100);
  CHECK(most_deletions(2, 5050) == 101);
  CHECK(most_deletions(50, 199) == 100);
  CHECK(most_deletions(0, 1'000'000) == 100);
  CHECK(most_deletions(99, std::numeric_limits<std::uint64_t>::max() / 2)
        > std::numeric_limits<std::uint64_t>::max() / 3);
  CHECK(most_deletions(100, 3) == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("a type that comes without any of its records has not lost them all") {
  CHECK(may_go(2, 9, 9));
  CHECK_FALSE(may_go(2, 10, 10));
  CHECK(may_go(2, 9, 10));
  CHECK(may_go(2, 100, 101));
  CHECK_FALSE(may_go(2, 101, 102));
  CHECK(may_go(100, 5000, 5000));
}

TEST_CASE_FIXTURE(guarded, "what did not arrive stays until its type ends, and goes then") {
  auto import = read_customers(1, 900);
  CHECK(live() == 1000);
  CHECK(noted() == 100);
  auto row = must(store->finish_type(import, ended("customer", now + 1000)));
  CHECK(row.state == type_state::completed);
  CHECK(row.deleted == 100);
  CHECK(row.held == 0);
  CHECK(live() == 900);
  CHECK(noted() == 0);
}

TEST_CASE_FIXTURE(guarded, "of more than may go at once nothing goes") {
  auto import = read_customers(1, 899);
  auto row = must(store->finish_type(import, ended("customer", now + 1000)));
  CHECK(row.state == type_state::completed_with_errors);
  CHECK(row.deleted == 0);
  CHECK(row.held == 101);
  CHECK(row.held_of == 1000);
  CHECK(live() == 1000);
  // Not all is in: what has changed in the held ones was not seen.
  CHECK(must(store->mark("customer")).watermark == now);
  CHECK(must(store->mark("customer")).deletes_until == now);
  auto read = must(store->load_import(import)).types.at(0);
  CHECK(read.held == 101);
  CHECK(read.held_of == 1000);
  CHECK(must(reader()->imports({}, 1)).rows.at(0).types.at(0).row.held == 101);
  end(import, import_state::completed_with_errors);
  CHECK(noted() == 101);
  CHECK(must(store->list_held()) == std::vector<held_deletions>{{"customer", import, 101, 1000}});
}

TEST_CASE_FIXTURE(guarded, "what has come since an import looked for it in vain stays, whichever is older") {
  auto read_all = [this](const std::string& import) {
    auto row = batch_of(9000, {std::nullopt, 1000});
    must(store->add_batches(import, type_of("customer"), {&row, 1}));
    must(store->store_batch(picked_up(import, row.number, {customers(1, 1000)})));
    must(store->finish_type(import, ended("customer", now + 500)));
    end(import);
  };
  SUBCASE("an import that has not ended") {
    auto older = start();
    auto newer = read_customers(1, 954);
    CHECK(noted() == 46);
    read_all(older);
    CHECK(noted() == 0);
    auto row = must(store->finish_type(newer, ended("customer", now + 1000)));
    CHECK(row.state == type_state::completed);
    CHECK(row.deleted == 0);
  }
  SUBCASE("one that holds them") {
    auto older = start();
    auto newer = held(600);
    REQUIRE(must(store->list_held()).size() == 1);
    read_all(older);
    CHECK(must(store->list_held()).empty());
    CHECK(code_of(store->accept_deletions(newer, "customer", "anna")) != ec::none);
  }
  SUBCASE("some of those that one holds") {
    auto older = start();
    auto newer = held(600);
    auto row = batch_of(9000, {std::nullopt, 1000});
    must(store->add_batches(older, type_of("customer"), {&row, 1}));
    must(store->store_batch(picked_up(older, row.number, {customers(1, 700)})));
    end(older, import_state::failed);
    CHECK(must(store->accept_deletions(newer, "customer", "anna")) == 300);
    CHECK(live() == 700);
    return;
  }
  CHECK(live() == 1000);
}

TEST_CASE_FIXTURE(guarded, "an empty answer is held like any other") {
  auto import = start();
  auto row = must(store->finish_type(import, ended("customer", now + 1000)));
  CHECK(row.held == 1000);
  CHECK(live() == 1000);
}

TEST_CASE_FIXTURE(guarded, "the type's own guard counts, and one hundred percent is none") {
  auto loose = customer();
  loose.deletion_guard = 50;
  must(store->prepare_table(loose));
  auto first = read_customers(501, 1000);
  CHECK(must(store->finish_type(first, ended("customer", now))).deleted == 500);
  loose.deletion_guard = 100;
  must(store->prepare_table(loose));
  CHECK(must(store->finish_type(start(), ended("customer", now))).deleted == 500);
  CHECK(live() == 0);
}

TEST_CASE_FIXTURE(guarded, "lines that went count, in a full import and in one of the changes") {
  std::string import;
  unix_ms changed_since = 0;
  SUBCASE("full") {
    import = start();
    import_batch(import, "transactionline", {std::nullopt, 1000}, {lines(1, 200)});
    CHECK(noted() == 600);
  }
  SUBCASE("changes") {
    import = start(import_mode::incremental);
    import_batch(import, "transactionline", {std::nullopt, 1000}, {lines(1, 200, 1)});
    CHECK(noted() == 200);
    changed_since = now - 1;
  }
  auto row = ended("transactionline", now + 1000);
  row.changed_since = changed_since;
  CHECK(must(store->finish_type(import, row)).held == (changed_since == 0 ? 600 : 200));
  CHECK(sql("SELECT count(*) FROM transactionline") == rows{"1000"});
  end(import, import_state::completed_with_errors);
  CHECK(must(store->accept_deletions(import, "", "ann")) == (changed_since == 0 ? 600 : 200));
  CHECK(sql("SELECT count(*) FROM transactionline") == rows{changed_since == 0 ? "400" : "800"});
}

TEST_CASE_FIXTURE(guarded, "a type without changes that an incremental import reads whole is guarded alike") {
  auto import = read_customers(1, 500, import_mode::incremental);
  CHECK(must(store->finish_type(import, ended("customer", now + 1000))).held == 500);
  CHECK(live() == 1000);
}

TEST_CASE_FIXTURE(guarded, "a batch that is read twice has noted what was missing last") {
  auto import = start();
  auto number = plan(import, "customer", {std::nullopt, 1000});
  auto part = picked_up(import, number, {customers(1, 10)});
  part.range.up_to = 500;
  part.last = false;
  must(store->store_batch(part));
  CHECK(noted() == 490);
  must(store->end_pick_up(import, interrupted(import, number)));
  must(store->store_batch(picked_up(import, number, {customers(1, 990)})));
  CHECK(noted() == 10);
  CHECK(must(store->finish_type(import, ended("customer", now))).deleted == 10);
}

TEST_CASE_FIXTURE(guarded, "what a later import has written or deleted is not taken away") {
  auto import = read_customers(1, 950);
  import_batch(start(import_mode::incremental), "customer", {std::nullopt, 1000},
               {page({"id", "name"}, {{951, "back"}})});
  must(store->delete_records(start(import_mode::incremental), "customer", std::vector<std::int64_t>{952}));
  CHECK(must(store->finish_type(import, ended("customer", now))).deleted == 48);
  CHECK(sql("SELECT _deleted_at FROM customer WHERE id = 951") == rows{"null"});
}

TEST_CASE_FIXTURE(guarded,
                  "a type that fails or is skipped loses what may go, and keeps the rest noted for a retry") {
  auto state = type_state::failed;
  SUBCASE("failed") {}
  SUBCASE("skipped") { state = type_state::skipped; }
  auto few = read_customers(1, 950);
  auto row = must(store->finish_type(few, ended("customer", now, state)));
  CHECK(row.deleted == 50);
  CHECK(noted() == 0);
  auto many = read_customers(1, 700);
  row = must(store->finish_type(many, ended("customer", now, state)));
  CHECK(row.held == 0);
  CHECK(row.state == state);
  CHECK(live() == 950);
  end(many, import_state::failed);
  CHECK(noted() == 250);
  CHECK(must(store->list_held()).empty());
}

TEST_CASE_FIXTURE(guarded, "a failed import that is retried still knows what was missing before") {
  auto import = read_customers(1, 990);
  end(import, import_state::failed);
  CHECK(live() == 1000);
  must(store->retry(import, 0));
  CHECK(must(store->finish_type(import, ended("customer", now))).deleted == 10);
  CHECK(live() == 990);
}

TEST_CASE_FIXTURE(guarded, "a cancelled import takes nothing away and forgets what it has noted") {
  auto import = read_customers(1, 990);
  must(store->begin_cancel(import, "ann", now));
  must(store->finish_cancel(import, now));
  CHECK(live() == 1000);
  CHECK(noted() == 0);
}

TEST_CASE_FIXTURE(guarded, "a type that another import has run forgets what this one has noted") {
  auto import = read_customers(1, 990);
  auto row = ended("customer", now);
  row.taken_from = "acme.other";
  must(store->finish_type(import, row));
  CHECK(live() == 1000);
  CHECK(noted() == 0);
}

TEST_CASE_FIXTURE(guarded,
                  "a newer import that has read everything takes the place of what older ones hold") {
  auto older = held();
  SUBCASE("and finds it all again") {
    auto newer = read_customers(1, 1000);
    must(store->finish_type(newer, ended("customer", now + 2000)));
    CHECK(must(store->list_held()).empty());
    CHECK(must(store->mark("customer")).watermark == now + 2000);
    CHECK(noted() == 0);
  }
  SUBCASE("and holds it in its turn") {
    auto newer = read_customers(1, 700);
    must(store->finish_type(newer, ended("customer", now + 2000)));
    CHECK(must(store->list_held()) == std::vector<held_deletions>{{"customer", newer, 300, 1000}});
    CHECK(noted() == 300);
  }
  CHECK(must(store->load_import(older)).types.at(0).held == 0);
  CHECK(code_of(store->accept_deletions(older, "customer", "ann")) == ec::conflict);
  CHECK(live() == 1000);
}

TEST_CASE_FIXTURE(guarded, "one that has read changes alone leaves it") {
  auto older = held();
  auto newer = start(import_mode::incremental);
  auto row = ended("customer", now + 2000);
  row.changed_since = now;
  must(store->finish_type(newer, row));
  CHECK(must(store->list_held()).size() == 1);
  CHECK(must(store->load_import(older)).types.at(0).held == 400);
}

TEST_CASE_FIXTURE(
    guarded, "what the account shows again is not deleted when the rest is accepted, nor held any more") {
  auto import = held();
  auto before_it = must(store->mark("customer")).watermark;
  auto listed = must(store->held_records(import, ""));
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].record_type == "customer");
  REQUIRE(listed[0].keys.size() == 400);
  CHECK(listed[0].keys.front() == stored_key{601, 0});
  type_keys shown{"customer", {{601, 0}, {602, 0}, {9999, 0}}};
  CHECK(must(store->accept_deletions(import, "", "ann", {&shown, 1})) == 398);
  CHECK(live() == 602);
  CHECK(noted() == 0);
  CHECK(must(store->list_held()).empty());
  auto read = must(store->load_import(import));
  REQUIRE(read.notes.size() == 1);
  CHECK(read.notes[0].text
        == "customer: 398 of the 400 deletions that were held are carried out, accepted by ann; the account "
           "shows "
           "2 of these records again, which stay and are held no more");
  // They may have changed unseen.
  CHECK(must(store->mark("customer")).watermark == before_it);
  CHECK(must(store->held_records(import, "")).empty());
}

TEST_CASE_FIXTURE(guarded, "lines are held by their transaction and their own key") {
  auto import = start();
  import_batch(import, "transactionline", {std::nullopt, 1000}, {lines(1, 200)});
  must(store->finish_type(import, ended("transactionline", now + 1000)));
  end(import, import_state::completed_with_errors);
  auto listed = must(store->held_records(import, "transactionline"));
  REQUIRE(listed.size() == 1);
  REQUIRE(listed[0].keys.size() == 600);
  CHECK(listed[0].keys.front() == stored_key{201, 0});
  type_keys shown{"transactionline", {{201, 1}}};
  CHECK(must(store->accept_deletions(import, "", "ann", {&shown, 1})) == 599);
  CHECK(sql("SELECT \"transaction\", id FROM transactionline WHERE \"transaction\" > 200") == rows{"201|1"});
}

TEST_CASE_FIXTURE(guarded, "accepted deletions are carried out once, counted and noted") {
  auto removes = false;
  SUBCASE("marked") {}
  SUBCASE("removed") {
    removes = true;
    options.remove_deleted = true;
    restart();
  }
  auto import = held();
  // One has come back since, another one was deleted by the log.
  import_batch(start(import_mode::incremental), "customer", {std::nullopt, 1000},
               {page({"id", "name"}, {{601, "back"}})});
  CHECK(code_of(store->accept_deletions(import, "", "ann")) == ec::conflict); // that one has not ended
  auto unended = must(store->unfinished_imports());
  for (auto& x : unended) end(x.id, import_state::failed);
  CHECK(must(store->accept_deletions(import, "customer", "ann")) == 399);
  CHECK(live() == 601);
  CHECK(sql("SELECT count(*) FROM customer") == rows{removes ? "601" : "1000"});
  CHECK(noted() == 0);
  auto read = must(store->load_import(import));
  CHECK(read.types.at(0).deleted == 399);
  CHECK(read.types.at(0).held == 0);
  REQUIRE(read.notes.size() == 1);
  CHECK(read.notes[0].code == "deletions_accepted");
  CHECK(read.notes[0].text
        == "customer: 399 of the 400 deletions that were held are carried out, accepted by ann");
  CHECK(must(store->mark("customer")).watermark == now + 1000);
  CHECK(must(store->list_held()).empty());
  CHECK(must(store->accept_deletions(import, "customer", "bob")) == 0);
  CHECK(must(store->accept_deletions(import, "", "bob")) == 0);
  CHECK(must(store->load_import(import)).notes.size() == 1);
}

TEST_CASE_FIXTURE(guarded, "accepting says what is in its way") {
  auto sentence = [&](const std::string& import, std::string_view type) {
    auto refused = store->accept_deletions(import, type, "ann");
    REQUIRE(!refused);
    return refused.error().message;
  };
  CHECK(code_of(store->accept_deletions("acme.no", "", "ann")) == ec::unknown_import);
  CHECK(sentence(before, "") == fmt::format("import {} holds no deletions", before));
  CHECK(sentence(before, "customer") == fmt::format("import {} holds no deletions of customer", before));
  CHECK(code_of(store->accept_deletions(before, "item", "ann")) == ec::unknown_record_type);
  auto import = read_customers(1, 500);
  must(store->finish_type(import, ended("customer", now)));
  CHECK(sentence(import, "")
        == fmt::format("import {} is running: its deletions are accepted once it has ended", import));
  end(import, import_state::completed_with_errors);
  auto newer = read_customers(1, 1000, import_mode::incremental);
  CHECK(sentence(import, "")
        == fmt::format(
            "import {} is running and reads customer: accept the deletions once it has ended, or cancel it "
            "first",
            newer));
  CHECK(live() == 1000);
}

TEST_CASE_FIXTURE(guarded, "a watermark that is gone for another reason does not come back by accepting") {
  auto import = held();
  auto wider = customer();
  auto added = wider.fields[1];
  added.name = added.column = "nickname";
  wider.fields.push_back(added);
  must(store->prepare_table(wider));
  must(store->accept_deletions(import, "", "ann"));
  CHECK(must(store->mark("customer")).watermark == 0);
}

TEST_CASE_FIXTURE(guarded, "an import that holds deletions is not pruned") {
  auto import = held();
  now += 1'000'000;
  CHECK(must(store->prune(now)) == 1); // the first one alone
  CHECK(noted() == 400);
  must(store->accept_deletions(import, "", "ann"));
  CHECK(must(store->prune(now)) == 1);
}

TEST_CASE_FIXTURE(guarded, "repairs of a comparison are settled at its end as a type is") {
  auto import = start(import_mode::verify);
  auto row = type_of("customer", type_state::running);
  must(store->save_type(import, row));
  auto repair = [&](std::int64_t last, bool first) {
    batch_write what;
    what.import_id = import;
    what.record_type = "customer";
    what.range = {std::nullopt, 1000};
    what.pages = {customers(1, last)};
    must(store->repair_range(what, first));
  };
  SUBCASE("within the guard") {
    repair(950, true);
    CHECK(live() == 1000);
    auto settled = must(store->settle_missing(import, "customer", true));
    CHECK(settled.deleted == 50);
    CHECK(settled.held == 0);
    CHECK(live() == 950);
    CHECK(must(store->load_import(import)).types.at(0).deleted == 50);
  }
  SUBCASE("beyond it") {
    repair(500, true);
    auto settled = must(store->settle_missing(import, "customer", true));
    CHECK(settled.held == 500);
    CHECK(must(store->list_held()) == std::vector<held_deletions>{{"customer", import, 500, 1000}});
    CHECK(live() == 1000);
  }
  SUBCASE("another comparison that finds nothing forgets what was held") {
    repair(500, true);
    CHECK(must(store->settle_missing(import, "customer", true)).held == 500);
    CHECK(must(store->settle_missing(import, "customer", false)).held == 0);
    CHECK(noted() == 0);
    CHECK(live() == 1000);
  }
  SUBCASE("another comparison of the import begins anew") {
    repair(500, true);
    repair(1000, true);
    CHECK(must(store->settle_missing(import, "customer", true)).deleted == 0);
    CHECK(live() == 1000);
  }
}

TEST_CASE_FIXTURE(guarded, "a comparison that is through takes the place of what was held before") {
  auto older = held();
  auto import = start(import_mode::verify);
  must(store->save_type(import, type_of("customer")));
  must(store->settle_missing(import, "customer", true));
  CHECK(must(store->list_held()).empty());
  CHECK(must(store->load_import(older)).types.at(0).held == 0);
  CHECK(code_of(store->settle_missing(import, "item", true)) == ec::unknown_record_type);
  CHECK(code_of(store->settle_missing(older, "customer", true)) == ec::stale);
}

TEST_CASE_FIXTURE(guarded,
                  "a cancelled import holds what its ended types have found, and nothing of the others") {
  auto import = read_customers(1, 600);
  must(store->finish_type(import, ended("customer", now)));
  auto lines = type_of("transactionline");
  must(store->save_type(import, lines));
  lines.held = 300;
  lines.held_of = 1000;
  SUBCASE("as far as it had got") {}
  SUBCASE("a comparison was under way") { must(store->save_type(import, lines)); }
  must(store->begin_cancel(import, "ann", now));
  must(store->finish_cancel(import, now));
  CHECK(must(store->list_held()) == std::vector<held_deletions>{{"customer", import, 400, 1000}});
  auto refused = store->accept_deletions(import, "transactionline", "ann");
  REQUIRE(code_of(refused) == ec::conflict);
  CHECK(refused.error().message.find("was cancelled before all of transactionline was read")
        != std::string::npos);
  CHECK(must(store->accept_deletions(import, "", "ann")) == 400);
  CHECK(live() == 600);
}

TEST_CASE_FIXTURE(guarded, "what an older version has left held of a type that was cut off is refused") {
  auto import = start();
  must(store->save_type(import, type_of("customer")));
  must(store->begin_cancel(import, "ann", now));
  must(store->finish_cancel(import, now));
  sql("UPDATE import_types SET held = 5 WHERE import_number = (SELECT max(number) FROM imports)");
  CHECK(code_of(store->accept_deletions(import, "", "ann")) == ec::conflict);
}

// -- what goes along

/// The lines are parts of the customers of their numbers.
struct with_lines : guarded {
  with_lines() { be_family(); }

  void be_family(bool filtered = false) {
    options.families["customer"] = {{"transactionline"}, filtered};
    restart();
  }
  std::string first_line() { return sql("SELECT count(*), min(\"transaction\") FROM transactionline").at(0); }
};

TEST_CASE_FIXTURE(with_lines, "the lines of what a reading found gone go with it") {
  auto import = read_customers(101, 1000);
  CHECK(first_line() == "1000|1");
  CHECK(must(store->finish_type(import, ended("customer", now))).deleted == 100);
  CHECK(first_line() == "800|101");
}

TEST_CASE_FIXTURE(with_lines, "the lines of what a comparison found gone go with it") {
  auto import = start(import_mode::verify);
  must(store->save_type(import, type_of("customer")));
  batch_write what;
  what.import_id = import;
  what.record_type = "customer";
  what.range = {std::nullopt, 1000};
  what.pages = {customers(11, 1000)};
  must(store->repair_range(what, true));
  CHECK(must(store->settle_missing(import, "customer", true)).deleted == 10);
  CHECK(first_line() == "980|11");
}

TEST_CASE_FIXTURE(with_lines, "the lines of what is held stay, and go when that is accepted") {
  options.remove_deleted = true;
  restart();
  auto import = read_customers(301, 1000);
  CHECK(must(store->finish_type(import, ended("customer", now))).held == 300);
  end(import, import_state::completed_with_errors);
  CHECK(first_line() == "1000|1");
  CHECK(must(store->accept_deletions(import, "", "ann")) == 300);
  CHECK(first_line() == "400|301");
}

TEST_CASE_FIXTURE(with_lines, "the lines of a record that a later import has written stay") {
  auto import = read_customers(101, 1000);
  import_batch(start(), "customer", {std::nullopt, 5}, {customers(3, 3)});
  CHECK(must(store->finish_type(import, ended("customer", now))).deleted == 99);
  CHECK(sql("SELECT DISTINCT \"transaction\" FROM transactionline WHERE \"transaction\" < 101") == rows{"3"});
}

TEST_CASE_FIXTURE(with_lines, "lines may be there without a parent that has left the type's filter") {
  be_family(true);
  auto import = read_customers(101, 1000);
  must(store->finish_type(import, ended("customer", now)));
  CHECK(first_line() == "1000|1");
}

TEST_CASE_FIXTURE(guarded, "what was rejected of a record that is gone goes with it") {
  auto bad = page({"id"}, {});
  for (auto key : {"5", "50", "500"}) bad->reject({key, "it does not fit", "{}"});
  import_batch(start(import_mode::incremental), "customer", {std::nullopt, 1000}, {bad});
  auto import = read_customers(10, 1000);
  CHECK(must(store->finish_type(import, ended("customer", now))).deleted == 9);
  CHECK(sql("SELECT count(*) FROM rejected_records") == rows{"0"}); // read anew
  import_batch(start(import_mode::incremental), "customer", {std::nullopt, 1000}, {bad});
  must(store->delete_records(start(), "customer", std::vector<std::int64_t>{50}));
  CHECK(sql("SELECT key FROM rejected_records ORDER BY key") == rows{"5", "500"});
  auto changes = start(import_mode::incremental);
  auto row = ended("customer", 0);
  row.changed_since = 1;
  must(store->save_type(changes, row));
  must(store->settle_gone(changes, "customer", std::vector<std::int64_t>{5}, {}));
  CHECK(sql("SELECT key FROM rejected_records") == rows{"500"});
}

// -- found gone beside the reading

/// Customers of which changes alone are read; returns the import's id. It goes on.
struct with_changes : guarded {
  std::string read_changes() {
    auto import = start(import_mode::incremental);
    auto row = ended("customer", now + 1000);
    row.changed_since = now - 500;
    must(store->finish_type(import, row));
    return import;
  }

  static std::vector<std::int64_t> first(std::int64_t count) {
    std::vector<std::int64_t> keys;
    for (std::int64_t key = 1; key <= count; ++key) keys.push_back(key);
    return keys;
  }
};

TEST_CASE_FIXTURE(with_changes, "records that were found gone otherwise are missing like any others") {
  auto import = read_changes();
  auto row = must(store->settle_gone(import, "customer", first(100), {}));
  CHECK(row.deleted == 100);
  CHECK(row.held == 0);
  CHECK(live() == 900);
  CHECK(noted() == 0);
  CHECK(must(store->mark("customer")).watermark == now + 1000);
}

TEST_CASE_FIXTURE(with_changes,
                  "of more than the guard lets go nothing goes, and what was read is read again") {
  auto import = read_changes();
  auto row = must(store->settle_gone(import, "customer", first(101), {}));
  CHECK(row.held == 101);
  CHECK(row.held_of == 1000);
  CHECK(row.state == type_state::completed_with_errors);
  CHECK(live() == 1000);
  CHECK(must(store->mark("customer")).watermark == now - 500);
  CHECK(must(store->mark("customer")).deletes_until == now - 500);
  CHECK(must(store->load_import(import)).types.at(0).held == 101);
  end(import, import_state::completed_with_errors);
  CHECK(must(store->accept_deletions(import, "", "ann")) == 101);
  CHECK(live() == 899);
}

TEST_CASE_FIXTURE(with_changes, "what was found gone in two steps counts together") {
  auto import = read_changes();
  CHECK(must(store->settle_gone(import, "customer", first(101), {})).held == 101);
  CHECK(must(store->settle_gone(import, "customer", std::vector<std::int64_t>{500, 500, 2000}, {})).held
        == 102);
}

TEST_CASE_FIXTURE(with_changes,
                  "nothing is settled for an import that was cancelled, or of a type that it lacks") {
  auto import = read_changes();
  CHECK(code_of(store->settle_gone(import, "transactionline", first(1), {})) == ec::unknown_record_type);
  must(store->begin_cancel(import, "ann", now));
  CHECK(code_of(store->settle_gone(import, "customer", first(1), {})) == ec::stale);
}

TEST_CASE_FIXTURE(guarded, "a sample of live records is spread over their keys") {
  must(store->delete_records(start(), "customer", std::vector<std::int64_t>{1, 2, 3}));
  auto some = must(store->sample_live("customer", 10));
  CHECK(some.size() == 10);
  CHECK(some.front() == 4);
  CHECK(some.back() > 880);
  CHECK(must(store->sample_live("customer", 2000)).size() == 997);
  CHECK(must(store->sample_live("customer", 0)).empty());
  CHECK(must(store->sample_live("transactionline", 10)).size() == 10);
  CHECK(must(store->sample_live("transactionline", 2000)).size() == 500);
  CHECK(must(store->sample_live("never_imported", 10)).empty());
}

TEST_CASE_FIXTURE(store_fixture, "a sample bears keys at both ends of all numbers") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  import_batch(start(), "customer", {std::nullopt, most}, {page({"id"}, {{least}, {0}, {most}})});
  CHECK(must(store->sample_live("customer", 10)) == std::vector<std::int64_t>{least, 0, most});
}

} // namespace deletion_guard_test

TEST_SUITE_END();

} // namespace tidemark::test
