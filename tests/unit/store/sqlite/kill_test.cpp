/// A real process is killed while it writes.
#include "conformance/fixture.hpp"
#include "sqlite/sqlite_file.hpp"

#include "store/pick_up_rules.hpp"

#include <array>
#include <csignal>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
namespace kill_test {

using namespace tidemark;
using namespace tidemark::test;

constexpr std::int64_t rows_per_batch = 50;
constexpr std::uint64_t batches = 5000;

/// Picks up and stores one batch after another, and reports each on a pipe. Ends only by being killed.
[[noreturn]] void write_until_killed(const std::string& url, const std::string& import, int report) {
  auto opened = open_tenant_store(url);
  if (!opened || !(*opened)->take_ownership("child") || !(*opened)->prepare_table(customer())) _exit(1);
  for (std::uint64_t number = 1; number <= batches; ++number) {
    batch_write write;
    write.import_id = import;
    write.record_type = "customer";
    write.batch = number;
    auto first = static_cast<std::int64_t>(number - 1) * rows_per_batch;
    write.range = {first, first + rows_per_batch};
    auto picked = (*opened)->pick_up(import, number);
    if (!picked) _exit(2);
    write.pick_up = *picked;
    auto set = std::make_shared<record_set>(std::vector<std::string>{"id", "name"});
    for (std::int64_t i = 1; i <= rows_per_batch; ++i) {
      auto row = set->add_row();
      row[0] = record_set::make_integer(first + i);
      row[1] = set->make_text("a customer of some name");
    }
    write.pages = {set};
    if (!(*opened)->store_batch(write)) _exit(3);
    if (::write(report, "b", 1) != 1) _exit(4);
  }
  _exit(5);
}

TEST_CASE_FIXTURE(store_fixture, "whenever a process is killed, ledger and records agree") {
  auto import = start();
  std::vector<batch_row> rows;
  for (std::uint64_t i = 1; i <= batches; ++i) {
    auto first = static_cast<std::int64_t>(i - 1) * rows_per_batch;
    rows.push_back(batch_of(i, {first, first + rows_per_batch}, rows_per_batch));
  }
  must(store->add_batches(import, type_of("customer"), rows));
  store.reset();

  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) write_until_killed(dynamic_cast<sqlite_file&>(*database).url(), import, pipe_ends[1]);
  close(pipe_ends[1]);
  // As many batches as this are known to be committed when the signal arrives somewhere in a later one.
  std::uint64_t reported = 0;
  std::array<char, 64> buffer{};
  while (reported < 40) {
    auto count = read(pipe_ends[0], buffer.data(), buffer.size());
    REQUIRE(count > 0);
    reported += static_cast<std::uint64_t>(count);
  }
  kill(child, SIGKILL);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  close(pipe_ends[0]);
  REQUIRE(WIFSIGNALED(status));

  restart();
  auto ledger = must(store->load_import(import));
  std::uint64_t completed = 0;
  std::uint64_t cut_off = 0;
  for (const auto& x : ledger.batches) {
    CHECK(adds_up(x));
    completed += x.state == batch_state::completed ? 1 : 0;
    cut_off += x.deaths;
    CHECK(x.state != batch_state::running);
  }
  CHECK(completed >= reported);
  CHECK(cut_off <= 1);
  CHECK(sql("SELECT count(*), max(id) FROM customer")
        == std::vector{fmt::format("{}|{}", completed * rows_per_batch, completed * rows_per_batch)});
  CHECK(sql("PRAGMA integrity_check") == std::vector<std::string>{"ok"});
  CHECK(must(store->reset_running(import, {})).size() == cut_off);
}

} // namespace kill_test
