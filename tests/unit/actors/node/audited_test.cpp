#include "actors/node/audited.hpp"

#include <doctest/doctest.h>
namespace audited_test {

using namespace tidemark;

constexpr unix_ms leap_day = 1'709'208'000'000; // 2024-02-29T12:00:00Z

start_import start(import_mode mode, bool verify) {
  return {"acme", "customer", mode, "anna", urgency::interactive, {.verify = verify}};
}

TEST_CASE("a start stands in the audit with every option that was asked for") {
  auto wanted = start(import_mode::incremental, true);
  CHECK(audit_of(wanted).command == "import start acme customer --incremental --verify");
  wanted.options.since = leap_day;
  wanted.options.reconcile = wanted.queue = true;
  CHECK(audit_of(wanted).command
        == "import start acme customer --incremental --since 2024-02-29T12:00:00Z --reconcile --verify "
           "--queue");
  CHECK(audit_of(wanted).who == "anna");
  CHECK(audit_of(wanted).tenant == "acme");
  CHECK(audit_of(wanted).subject == "customer");
}

TEST_CASE("what a start does anyway is no option of it") {
  CHECK(audit_of(start(import_mode::full, true)).command == "import start acme customer");
  CHECK(audit_of(start(import_mode::full, false)).command == "import start acme customer --no-verify");
  CHECK(audit_of(start(import_mode::incremental, false)).command
        == "import start acme customer --incremental");
  CHECK(audit_of(start(import_mode::verify, false)).command == "verify acme customer");
}

TEST_CASE("a change of slots stands in the audit with both of its options") {
  CHECK(audit_of(tune_concurrency{"acme", true, 7, "anna"}).command == "concurrency --reset --limit 7");
  CHECK(audit_of(tune_concurrency{"acme", true, 0, "anna"}).command == "concurrency --reset");
  CHECK(audit_of(tune_concurrency{"acme", false, 7, "anna"}).command == "concurrency --limit 7");
}

TEST_CASE("a retry of one batch names it") {
  CHECK(audit_of(retry_import{"acme.1", 7, "anna"}).command == "import retry --batch 7");
  CHECK(audit_of(retry_import{"acme.1", 0, "anna"}).command == "import retry");
}

TEST_CASE("accepted deletions of one record type name it") {
  CHECK(audit_of(accept_deletions{"acme.1", "customer", "anna"}).command
        == "import accept-deletions --type customer");
  CHECK(audit_of(accept_deletions{"acme.1", "", "anna"}).command == "import accept-deletions");
}

TEST_CASE("a schedule stands in the audit with every option that was asked for") {
  add_schedule wanted;
  wanted.what.name = "nightly";
  wanted.what.tenant = "acme";
  wanted.what.record_type = "customer";
  wanted.what.cron = "30 2 * * *";
  CHECK(audit_of(wanted).command == "schedules add nightly acme customer \"30 2 * * *\"");
  wanted.what.zone = "Europe/Berlin";
  wanted.what.jitter_seconds = 60;
  wanted.what.mode = import_mode::incremental;
  wanted.what.missed = missed_runs::skip;
  CHECK(
      audit_of(wanted).command
      == "schedules add nightly acme customer \"30 2 * * *\" --zone Europe/Berlin --jitter 60 --incremental "
         "--skip-missed");
}

} // namespace audited_test
