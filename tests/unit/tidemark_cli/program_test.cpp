#include "fake_node.hpp"
#include "program.hpp"
#include "samples.hpp"
#include "screen_model.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <mutex>
namespace program_test {

using namespace tidemark;
using namespace tidemark::cli;

/// A node whose import runs until the test ends it.
class running_import {
public:
  running_import() : node_(script()) {}

  std::vector<std::string> watch() const { return {"--node", address(), "import", "watch", sample_id}; }
  std::vector<std::string> start() const {
    return {"--node", address(), "import", "start", "acme", "invoice", "--wait"};
  }
  std::string address() const { return "unix:" + node_.path(); }
  fake_node& node() { return node_; }

  void tell(const import_status& status) {
    std::lock_guard guard{mutex_};
    status_ = status;
    import_event event;
    event.epoch = 7;
    event.sequence = ++sequence_;
    event.kind = "import_state";
    event.import = status;
    if (to_) post(to_, event);
  }

private:
  node_script script() {
    node_script result;
    result.on<start_import>() = [this](const start_import&) { return status(); };
    result.on<query_import>() = [this](const query_import&) { return status(); };
    result.on_subscribe = [this](const subscribe&, const subscriber_actor& to) {
      std::lock_guard guard{mutex_};
      to_ = to;
      post(to, journal_snapshot{7, sequence_, {status_}});
    };
    return result;
  }
  import_status status() {
    std::lock_guard guard{mutex_};
    return status_;
  }

  std::mutex mutex_;
  import_status status_ = sample_import();
  std::uint64_t sequence_ = 1;
  subscriber_actor to_;
  fake_node node_;
};

import_status completed() {
  auto status = sample_import();
  status.state = import_state::completed;
  status.progress = 10'000;
  status.finished_at = noon + 10'000;
  for (auto& type : status.types) type = sample_type(type.name, type.wave, type_state::completed, 2000, 2000);
  return status;
}

TEST_CASE("on a terminal, waiting leaves one clean last frame and the verdict") {
  running_import import;
  program tidemark{import.start(), 100, 30};
  REQUIRE(tidemark.wait_for("58.5 %"));
  auto further = sample_import();
  further.types[1].records.stored = 13'000;
  import.tell(further);
  REQUIRE(tidemark.wait_for("13,000/20,500"));
  import.tell(completed());
  CHECK(tidemark.wait() == 0);

  screen_model screen{100, 30};
  screen.feed(tidemark.output());
  auto lines = screen.lines();
  REQUIRE(lines.size() == 12);
  CHECK(lines[0] == "import " + sample_id + " of invoice for tenant acme is running already");
  CHECK(lines[1].starts_with(sample_id + "  invoice  completed  elapsed 10 s"));
  CHECK(lines[3] == std::string(60, '#') + " 100.0 %  13,005/~24,505 records");
  CHECK(lines[7].starts_with("wave 2 invoice   completed  ######"));
  CHECK(lines[9].starts_with("import " + sample_id + " completed: 13,005 records stored"));
  // The terminal has broken this one.
  CHECK((lines[10] + lines[11]).find("rejected acme\" shows the rejected records, with reasons")
        != std::string::npos);
}

TEST_CASE("a terminal that changes its size gets a frame of the new size") {
  running_import import;
  program tidemark{import.watch(), 100, 30};
  REQUIRE(tidemark.wait_for("wave 2"));
  tidemark.resize(40, 12);
  CHECK(tidemark.wait_for("2 invoice  waiting   ..........\x1b[K"));
  import.tell(completed());
  CHECK(tidemark.wait() == 0);
}

TEST_CASE("Ctrl-C detaches, says how to come back, and ends with 130") {
  running_import import;
  program tidemark{import.start(), 100, 30};
  REQUIRE(tidemark.wait_for("wave 2"));
  tidemark.type("\x03");
  CHECK(tidemark.wait() == 130);
  CHECK(tidemark.output().find("tidemark --node " + import.address() + " import watch " + sample_id)
        != std::string::npos);
  CHECK(tidemark.output().find("import cancel " + sample_id) != std::string::npos);
}

TEST_CASE("a request to end detaches as well, with 143") {
  running_import import;
  program tidemark{import.start(), 100, 30};
  REQUIRE(tidemark.wait_for("wave 2"));
  tidemark.signal(SIGTERM);
  CHECK(tidemark.wait() == 143);
}

TEST_CASE("a node that goes away ends the program with 6") {
  running_import import;
  program tidemark{import.watch(), 100, 30};
  REQUIRE(tidemark.wait_for("wave 2"));
  import.node().vanish();
  CHECK(tidemark.wait() == 6);
  CHECK(tidemark.output().find("went away") != std::string::npos);
}

TEST_CASE("without a node there is a sentence and code 6") {
  program tidemark{{"--node", "unix:/nonexistent/control.sock", "node", "status"}, 80, 24};
  CHECK(tidemark.wait() == 6);
  CHECK(tidemark.output().starts_with("tidemark: "));
}

TEST_CASE("wrong usage ends with 2, help and version with 0") {
  program wrong{{"frob"}, 80, 24};
  CHECK(wrong.wait() == 2);
  program help{{"help"}, 80, 24};
  CHECK(help.wait() == 0);
  program version{{"version"}, 80, 24};
  CHECK(version.wait() == 0);
  CHECK(version.output().starts_with("tidemark "));
}

} // namespace program_test
