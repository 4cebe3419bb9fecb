/// tidemarkd: one node.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <curl/curl.h>

#include "actors/node.hpp"
#include "actors/session.hpp"
#include "config/logging.hpp"
#include "config/node_config.hpp"
#include "messages/caf_error.hpp"
#include "messages/caf_system.hpp"
#include "net/link_settings.hpp"
#include "net/local_door.hpp"
#include "netsuite/http_engine.hpp"
#include "tools/tidemarkd/data_folder.hpp"
#include "tools/tidemarkd/databases.hpp"

namespace tidemark {

namespace {

using namespace std::chrono_literals;

// How long a stopping node waits for its imports to write down where they are, beyond the grace of open
// requests.
constexpr auto stop_patience = 20s;

// Allocations from this size on, such as the bodies of answers, go back to the system when they are freed.
// Left to itself, glibc raises this bound as it sees such blocks and keeps the memory of the busiest moment.
constexpr int returned_bytes = 256 << 10;

struct system_config : caf::actor_system_config {
  explicit system_config(const node_config& config) {
    net::configure_links(*this);
    announce_protocol(*this);
    if (config.scheduler_threads > 0) set("scheduler.max-threads", std::size_t{config.scheduler_threads});
  }
};

http_engine_options engine_options(const http_config& config) {
  http_engine_options options;
  options.connect_timeout = config.connect_timeout;
  options.total_timeout = config.total_timeout;
  options.max_body = config.max_body;
  if (config.ca_file) options.ca_file = config.ca_file->string();
  return options;
}

/// A link event's line in the log.
void log_link(const net::link_event& event) {
  using kind = net::link_event_kind;
  bool harmless = event.kind == kind::opened || event.kind == kind::closed;
  log(harmless ? log_level::debug : log_level::warning, "door", to_string(event.kind), "link {} ({}): {}",
      event.link, event.peer, event.text);
}

int refuse(const failure& what) {
  std::fputs(fmt::format("tidemarkd: {}\n", what.message).c_str(), stderr);
  return 2;
}

/// SIGTERM and SIGINT, blocked in every thread and waited for in this one.
sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

/// Stops the imports and ends the node. A second signal ends the process at once: the ledger is right at any
/// moment.
void stop_node(caf::actor_system& system, const node_actor& node, std::chrono::seconds grace,
               const sigset_t& signals) {
  log(log_level::info, "node", "stopping", "the node stops; a second signal stops it at once");
  std::thread impatience{[&signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGUSR2) std::_Exit(130);
  }};
  {
    caf::scoped_actor self{system};
    self->request(node, grace + stop_patience, stop_branch{})
        .receive([](const done&) {},
                 [](const caf::error&) {
                   log(log_level::warning, "node", "stop_forced",
                       "imports did not stop in time; they go on from the "
                       "ledger at the next start");
                 });
    self->send_exit(node, caf::exit_reason::user_shutdown);
    self->wait_for(node);
  }
  pthread_kill(impatience.native_handle(), SIGUSR2);
  impatience.join();
}

int serve(const node_config& config) {
  if (auto started = start_logging(config.log); !started) return refuse(started.error());
  auto types = load_criteria(config.criteria_file);
  if (!types) return refuse(types.error());
  auto logins = make_logins(config);
  if (!logins) return refuse(logins.error());
  auto folder = data_folder::claim(config.data_dir);
  if (!folder) return refuse(folder.error());
  if (auto usable = check_databases(config); !usable) return refuse(usable.error());

  auto signals = stop_signals();
  sigaddset(&signals, SIGUSR2); // wakes the thread that waits for a second signal
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN); // a file at its size limit is an error like a full disk

  curl_global_init(CURL_GLOBAL_ALL);
  http_engine engine{engine_options(config.http)};
  system_config system_settings{config};
  caf::actor_system system{system_settings};
  net::net_thread net;

  auto serving = system.spawn(node, node_settings{config, std::make_shared<const criteria>(std::move(*types)),
                                                  std::move(*logins), &engine});
  journal_actor journal;
  {
    caf::scoped_actor self{system};
    self->request(serving, caf::infinite, query_journal{})
        .receive([&](const journal_handle& handle) { journal = handle.journal; }, [](const caf::error&) {});
  }
  auto porter = system.spawn(door, serving, journal, config.name);
  auto opened = net::local_door::open(
      net, system, {config.control_socket.string(), net::publish(system, porter), {}, log_link});
  if (!opened) {
    caf::anon_send_exit(porter, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(serving, caf::exit_reason::user_shutdown);
    return refuse(opened.error());
  }
  log(log_level::info, "node", "ready", "node {} serves {} tenants; control socket {}", config.name,
      config.tenants.size(), config.control_socket.string());
  std::printf("ready control=unix:%s\n", config.control_socket.c_str());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  opened->reset();
  stop_node(system, serving, config.stop_grace, signals);
  caf::anon_send_exit(porter, caf::exit_reason::user_shutdown);
  log(log_level::info, "node", "stopped", "node {} stopped", config.name);
  return 0;
}

int run(int argc, char** argv) {
  ::mallopt(M_MMAP_THRESHOLD, returned_bytes);
  CLI::App app{"tidemarkd: a tidemark node. Imports NetSuite records into tenants' own databases."};
  std::string file;
  app.add_option("--config", file, "the node's configuration file (TOML)")->required();
  app.set_version_flag("--version", "tidemarkd " TIDEMARK_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  auto config = load_node_config(file);
  if (!config) return refuse(config.error());
  return serve(*config);
}

} // namespace

} // namespace tidemark

int main(int argc, char** argv) { return tidemark::run(argc, argv); }
