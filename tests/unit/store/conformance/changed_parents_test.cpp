/// Claims about parents that have changed and may have lost all rows of a set.
#include "conformance/fixture.hpp"

TEST_SUITE_BEGIN("tenant store: changed parents");

namespace tidemark::test {

namespace changed_parents_test {

using rows = std::vector<std::string>;
using keys = std::vector<std::int64_t>;

/// Customers 1 to 4, of which all but 4 have lines.
struct family : store_fixture {
  family() {
    options.families["customer"] = {{"transactionline"}, false};
    restart();
    auto first = start();
    import_batch(first, "customer", {std::nullopt, 9}, {customers({{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}})});
    import_batch(first, "transactionline", {std::nullopt, 9},
                 {page({"transaction", "id"}, {{1, 0}, {1, 1}, {2, 0}, {3, 0}})});
    must(store->finish_type(first, ended("transactionline", 0)));
  }

  static std::shared_ptr<record_set> customers(std::vector<std::vector<value>> of) {
    return page({"id", "name"}, std::move(of));
  }

  type_row ended(std::string_view name, unix_ms changed_since) {
    auto type = type_of(name, type_state::completed);
    type.server_time = now;
    type.changed_since = changed_since;
    return type;
  }

  /// An incremental import that has read these customers, and of the lines changes alone.
  std::string change(std::vector<std::vector<value>> of) {
    auto import = start(import_mode::incremental);
    import_batch(import, "customer", {std::nullopt, 9}, {customers(std::move(of))});
    must(store->save_type(import, ended("transactionline", now - 5)));
    return import;
  }

  keys changed() { return must(store->changed_parents("transactionline")); }
  rows lines() { return sql("SELECT \"transaction\", id FROM transactionline ORDER BY 1, 2"); }
};

TEST_CASE_FIXTURE(family, "a parent that has changed and has rows is noted, until it was looked at") {
  CHECK(changed().empty());
  auto import = change({{1, "a"}, {2, "new"}, {4, "new"}, {5, "e"}});
  CHECK(changed() == keys{2});
  must(store->settle_gone(import, "transactionline", {}, keys{2}));
  CHECK(changed().empty());
  CHECK(lines().size() == 4);
}

TEST_CASE_FIXTURE(family, "it outlives the import that has seen the change, and the process") {
  auto import = change({{2, "new"}});
  must(store->begin_cancel(import, "ann", now));
  must(store->finish_cancel(import, now));
  restart();
  CHECK(changed() == keys{2});
}

TEST_CASE_FIXTURE(family, "a parent that has lost its rows loses them here") {
  auto import = change({{1, "new"}, {2, "new"}});
  auto row = must(store->settle_gone(import, "transactionline", keys{1}, keys{2}));
  CHECK(row.deleted == 2);
  CHECK(lines() == rows{"2|0", "3|0"});
  CHECK(changed().empty());
}

TEST_CASE_FIXTURE(family, "a parent whose rows went otherwise is forgotten") {
  auto import = change({{1, "new"}, {2, "new"}});
  must(store->delete_records(import, "customer", keys{1}));
  CHECK(changed() == keys{2});
  CHECK(sql("SELECT count(*) FROM changed_parents") == rows{"1"});
}

TEST_CASE_FIXTURE(family, "what is held is looked at again by the next import") {
  auto many = page({"transaction", "id"}, {});
  for (std::int64_t line = 0; line < 150; ++line) {
    auto cells = many->add_row();
    cells[0] = record_set::make_integer(1);
    cells[1] = record_set::make_integer(line);
  }
  import_batch(start(), "transactionline", {std::nullopt, 1}, {many});
  auto import = change({{1, "new"}, {2, "new"}});
  CHECK(must(store->settle_gone(import, "transactionline", keys{1}, keys{2})).held == 150);
  CHECK(changed() == keys{1});
  CHECK(lines().size() == 152);
}

TEST_CASE_FIXTURE(family,
                  "a full import that does not read the set notes what has changed since the set was read") {
  auto dated = customer();
  auto at = dated.fields[1];
  at.name = at.column = "changed";
  at.type = field_type::datetime;
  dated.fields.push_back(at);
  dated.change_column = "changed";
  must(store->prepare_table(dated));
  auto read = [&](const std::string& import) {
    import_batch(
        import, "customer", {std::nullopt, 9},
        {page({"id", "changed"}, {{1, "2001-01-01T00:00:00Z"}, {2, "2030-01-01T00:00:00Z"}, {3, null}})});
    must(store->finish_type(import, ended("customer", 0)));
  };
  SUBCASE("alone") {
    read(start());
    CHECK(changed() == keys{2});
  }
  SUBCASE("with the set") {
    auto import = start();
    must(store->save_type(import, type_of("transactionline")));
    read(import);
    CHECK(changed().empty());
  }
}

TEST_CASE_FIXTURE(family, "the rows of a parent that may have left its filter alone are looked at") {
  options.families["customer"].filtered = true;
  restart();
  auto import = start(import_mode::incremental);
  must(store->save_type(import, ended("customer", now - 5)));
  must(store->settle_gone(import, "customer", keys{1, 4}, {}));
  CHECK(lines().size() == 4);
  CHECK(changed() == keys{1});
}

TEST_CASE_FIXTURE(family, "a set that was never imported has none") {
  CHECK(must(store->changed_parents("unheard_of")).empty());
  CHECK(must(store->changed_parents("customer")).empty());
}

} // namespace changed_parents_test

TEST_SUITE_END();

} // namespace tidemark::test
