#include "actors/tenant/reader.hpp"

#include <filesystem>
#include <latch>

#include <doctest/doctest.h>

#include "import/import_world.hpp"
#include "messages/caf_system.hpp"
namespace reader_test {

using namespace tidemark;

struct reader_world : import_world {
  std::string url() const { return "sqlite:" + folder.file("demo.db"); }

  template <class Answer, class Question>
  reply<Answer> ask_reader(Question what) {
    return ask<Answer>(actor, ask_ledger<Question>{url(), std::move(what)});
  }

  reader_actor actor = spawn(reader, reader_settings{.threads = false});
};

TEST_CASE("a question is answered out of the ledger, and its database is not kept open") {
  reader_world it;
  it.create("payment", import_state::running);
  auto list = it.ask_reader<import_summaries>(list_imports{"demo", 10});
  REQUIRE(list.arrived());
  REQUIRE(list.value().imports.size() == 1);
  CHECK(list.value().imports[0].import.id == "demo.1");
  CHECK(it.ask_reader<ledger_snapshot>(query_import{"demo.1"}).value().import.record_type == "payment");
  CHECK(it.ask_reader<batch_list>(list_batches{"demo.1", "", ""}).value().batches.empty());
  CHECK(it.ask_reader<rejected_list>(list_rejected{"demo", ""}).value().records.empty());
  CHECK(it.ask_reader<error_report>(query_errors{"demo", "demo.1"}).value().counts.empty());
  CHECK(it.ask_reader<batch_list>(list_batches{"demo.7", "", ""}).error().code == ec::unknown_import);
  CHECK(it.ask_reader<batch_list>(list_batches{"demo.1", "", "odd"}).error().code == ec::bad_request);
}

TEST_CASE("many questions at once are all answered") {
  reader_world it;
  it.create("payment", import_state::running);
  std::size_t answers = 0;
  it.let(it.spawn_puppet(), [&](caf::event_based_actor* self) {
    for (int i = 0; i < 20; ++i)
      request(self, it.actor, caf::infinite, ask_ledger<list_imports>{it.url(), {}})
          .then([&](const import_summaries& x) { answers += x.imports.size(); },
                [](const caf::error&) { FAIL("a question got an error"); });
  });
  it.settle();
  CHECK(answers == 20);
}

TEST_CASE("a database that is missing is an error that names it, and stays missing") {
  reader_world it;
  auto path = it.folder.file("gone.db");
  auto answer = it.ask<import_summaries>(it.actor, ask_ledger<list_imports>{"sqlite:" + path, {}});
  REQUIRE(answer.failed());
  CHECK(contains(answer.error().message, "gone.db is missing"));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a tenant whose database hangs does not delay the answers to others") {
  import_world it;
  it.create("payment", import_state::running);
  auto url = "sqlite:" + it.folder.file("demo.db");
  std::latch mended{1};
  reader_settings with;
  with.open = [&](const std::string& wanted, std::chrono::milliseconds patience,
                  const std::optional<ownership>& known) {
    if (wanted != url) mended.wait();
    return open_ledger_reader(wanted, patience, known);
  };
  caf::actor_system_config settings;
  announce_protocol(settings);
  caf::actor_system system{settings};
  auto actor = system.spawn(reader, with);
  caf::scoped_actor asker{system};
  for (int i = 0; i < 50; ++i)
    static_cast<void>(asker->request(actor, caf::infinite, ask_ledger<list_imports>{"sqlite:/hangs", {}}));
  std::size_t answers = 0;
  for (int i = 0; i < 10; ++i)
    asker->request(actor, std::chrono::seconds{20}, ask_ledger<list_imports>{url, {}})
        .receive([&](const import_summaries& x) { answers += x.imports.size(); }, [](const caf::error&) {});
  CHECK(answers == 10);
  mended.count_down();
  asker->send_exit(actor, caf::exit_reason::user_shutdown);
}

TEST_CASE("whoever waits when the reader ends gets an error") {
  reader_world it;
  auto asker = it.spawn_puppet();
  int answers = 0;
  it.let(asker, [&](caf::event_based_actor* self) {
    for (int i = 0; i < 9; ++i)
      request(self, it.actor, caf::infinite, ask_ledger<list_imports>{it.url(), {}})
          .then([&](const import_summaries&) { ++answers; }, [&](const caf::error&) { ++answers; });
    self->send_exit(it.actor, caf::exit_reason::kill);
  });
  it.settle();
  CHECK(answers == 9);
}

} // namespace reader_test
