/// netsuite-sim: an account of NetSuite's REST web services on this machine, for tests, demos and
/// measurements.
#include "tools/netsuite_sim/simulator.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <cstdio>
#include <fstream>

namespace tidemark::netsuite_sim {

namespace {

struct arguments {
  std::string address = "127.0.0.1";
  std::uint16_t port = 18080;
  std::vector<std::string> records;
  std::string knob_file;
  std::vector<std::string> knob_values;
  bool quiet = false;
  bool list_knobs = false;
  simulator_options options;
};

outcome<void> read_knobs(arguments& args) {
  if (!args.knob_file.empty()) {
    std::ifstream file(args.knob_file);
    if (!file)
      return fail(ec::bad_config, fmt::format("cannot read the knob file {}", args.knob_file),
                  args.knob_file);
    auto json = nlohmann::json::parse(file, nullptr, false);
    if (json.is_discarded())
      return fail(ec::bad_config, fmt::format("the knob file {} is not JSON", args.knob_file),
                  args.knob_file);
    if (auto merged = merge_knobs(args.options.settings, json); !merged) return merged;
  }
  for (const auto& assignment : args.knob_values)
    if (auto set = set_knob_text(args.options.settings, assignment); !set) return set;
  return {};
}

outcome<void> read_records(arguments& args, const world& known) {
  for (const auto& assignment : args.records) {
    auto equals = assignment.find('=');
    auto name = assignment.substr(0, equals);
    std::int64_t count = -1;
    if (equals != assignment.npos)
      std::from_chars(assignment.data() + equals + 1, assignment.data() + assignment.size(), count);
    if (count < 0)
      return fail(ec::bad_request, fmt::format("'{}' is not of the form table=count", assignment));
    const auto* t = known.find_table(name);
    if (t == nullptr) return fail(ec::bad_request, fmt::format("there is no table '{}'", name), name);
    if (t->shape == table_shape::lines)
      return fail(ec::bad_request,
                  "the number of lines follows from transaction and the knob lines_per_transaction", name);
    args.options.records[name] = count;
  }
  return {};
}

/// Every waiting connection is a descriptor.
void allow_many_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

double steady_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int serve(const arguments& args) {
  allow_many_connections();
  std::unique_ptr<simulator> account;
  http_server server({.handle = [&](const http_request& request) { return account->handle(request); },
                      .connection_opened = [&] { account->connection_opened(); },
                      .connection_closed = [&] { account->connection_closed(); },
                      .keep_alive = [&] { return account->keep_alive(); }});
  auto after = [&](std::chrono::microseconds time, std::function<void()> action) {
    server.after(time, std::move(action));
  };
  account = std::make_unique<simulator>(args.options, surroundings{wall_ms, steady_ms, after});
  auto port = server.listen(args.address, args.port);
  account->start();
  fmt::print("ready http=http://{}:{}\n", args.address, port);
  std::fflush(stdout);
  server.run();
  if (!args.quiet) fmt::print(stderr, "netsuite-sim stopped\n");
  return 0;
}

int run(int argc, char** argv) {
  arguments args;
  CLI::App app{"netsuite-sim: an account of NetSuite's REST web services (SuiteQL, TBA, OAuth 2.0, "
               "concurrency limit) on this machine.\n"
               "It prints one line, 'ready http=...', when it serves, and stops on SIGTERM or SIGINT.\n"
               "Administration: GET/POST /admin/knobs, GET /admin/stats, /admin/requests?since=N, "
               "/admin/tables, POST /admin/data,\n"
               "/admin/export, /admin/stats/reset, /admin/token/revoke, /admin/login/unlock."};
  app.add_option("--port", args.port, "port to listen on; 0: any free one")->capture_default_str();
  app.add_option("--address", args.address, "address to listen on")->capture_default_str();
  app.add_option("--seed", args.options.seed, "all data and all chance follow from it")
      ->capture_default_str();
  app.add_option("--records", args.records, "rows of a table, table=count; may be repeated");
  app.add_option("--scale", args.options.scale, "multiplies the default number of rows of every table")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--knobs", args.knob_file, "JSON file with knobs");
  app.add_option("--knob", args.knob_values,
                 "one knob, name=value; may be repeated; lists are separated by commas");
  app.add_flag("--list-knobs", args.list_knobs,
               "print every knob with unit, default and meaning, as Markdown, and end");
  app.add_flag("--quiet", args.quiet, "print nothing but the ready line");
  app.set_version_flag("--version", TIDEMARK_VERSION);
  CLI11_PARSE(app, argc, argv);
  if (args.list_knobs) {
    fmt::print("{}", knob_markdown());
    return 0;
  }
  auto read = read_knobs(args);
  const world names({.scale = 0});
  if (read) read = read_records(args, names);
  if (read) read = check_names(args.options.settings, names);
  if (!read) {
    fmt::print(stderr, "netsuite-sim: {}\n", read.error().message);
    return 2;
  }
  return serve(args);
}

} // namespace

} // namespace tidemark::netsuite_sim

int main(int argc, char** argv) {
  try {
    return tidemark::netsuite_sim::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "netsuite-sim: {}\n", error.what());
    return 1;
  }
}
