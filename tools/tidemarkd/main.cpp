/// tidemarkd: one node.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <curl/curl.h>
#include <fmt/ranges.h>

#include "actors/node/node.hpp"
#include "actors/node/session.hpp"
#include "actors/node/stop_times.hpp"
#include "actors/roll_call.hpp"
#include "config/exposure.hpp"
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

// Exit codes beside 0, that of a clean stop.
constexpr int service_died = 1;
constexpr int refused_to_start = 2;
constexpr int ended_by_force = 3;
constexpr int ended_by_second_signal = 130;

// What the telling of an end by force may take.
constexpr auto last_words = 200ms;

// Allocations from this size on, such as the bodies of answers, go back to the system when they are freed.
// Left to itself, glibc raises this bound as it sees such blocks and keeps the memory of the busiest moment.
constexpr int returned_bytes = 256 << 10;

struct system_config : caf::actor_system_config {
  explicit system_config(const node_config& config) {
    net::configure_links(*this);
    announce_protocol(*this);
    // One queue for all workers: the end of a transfer, which frees a slot, never waits behind a page that is
    // being decoded while another worker is idle. Under work stealing an idle one looks around every 10 ms.
    set("scheduler.policy", caf::atom("sharing"));
    if (config.scheduler_threads > 0) set("scheduler.max-threads", std::size_t{config.scheduler_threads});
  }
};

http_engine_options engine_options(const http_config& config) {
  http_engine_options options;
  options.connect_timeout = config.connect_timeout;
  options.total_timeout = config.total_timeout;
  options.max_body = config.max_body;
  if (config.ca_file) options.ca_file = config.ca_file->string();
  options.proxy = config.proxy;
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
  return refused_to_start;
}

/// What this process reacts to, blocked in every thread and waited for in this one.
sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGUSR2); // wakes the thread that watches over the end
  return signals;
}

/// From its start to the end of the process, whatever the process waits for: a second signal, or the time,
/// ends it at once, which is safe as the ledger is right at any moment.
class impatience {
public:
  explicit impatience(const sigset_t& signals) : signals_(signals) {}

  ~impatience() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
  }

  impatience(const impatience&) = delete;
  impatience& operator=(const impatience&) = delete;

  /// The process ends with `code` if it has not by itself in so much time.
  void start(std::chrono::milliseconds longest, int code) {
    thread_ = std::thread{[this, longest, code] { watch(std::chrono::steady_clock::now() + longest, code); }};
  }

private:
  void watch(std::chrono::steady_clock::time_point deadline, int code) {
    for (;;) {
      using namespace std::chrono;
      auto left = std::max(duration_cast<nanoseconds>(deadline - steady_clock::now()), 0ns);
      auto whole = duration_cast<seconds>(left);
      timespec patience{whole.count(), (left - whole).count()};
      auto signal = sigtimedwait(&signals_, nullptr, &patience);
      if (signal == SIGUSR2) return;
      if (signal == SIGTERM || signal == SIGINT) std::_Exit(ended_by_second_signal);
      if (signal < 0 && errno == EAGAIN) end_by_force(code);
    }
  }

  [[noreturn]] static void end_by_force(int code) {
    auto left = still_here();
    auto text =
        fmt::format("the end takes too long; the process is ended by force, without waiting for {}; "
                    "imports go on from their ledgers at the next start",
                    left.empty() ? std::string{"its threads"} : fmt::format("{}", fmt::join(left, ", ")));
    // Perhaps it is the log that hangs.
    std::thread{[text] {
      std::fputs(fmt::format("tidemarkd: {}\n", text).c_str(), stderr);
      log(log_level::error, "node", "ended_by_force", "{}", text);
    }}.detach();
    std::this_thread::sleep_for(last_words);
    std::_Exit(code);
  }

  sigset_t signals_;
  std::thread thread_;
};

/// Stops the imports and ends the node.
void stop_node(caf::actor_system& system, const node_actor& node) {
  log(log_level::info, "node", "stopping", "the node stops; a second signal stops it at once");
  caf::scoped_actor self{system};
  // The node waits for nobody without end, and whoever watches over the end does not wait for the node so.
  self->request(node, caf::infinite, stop_branch{}).receive([](const done&) {}, [](const caf::error&) {});
  self->send_exit(node, caf::exit_reason::user_shutdown);
  self->wait_for(node);
}

/// Wakes `wait_for_stop` when the node ends by itself, which it does without one of its services.
void watch(const node_actor& node) {
  caf::actor_cast<caf::abstract_actor*>(node)->attach_functor(
      [main = pthread_self()] { pthread_kill(main, SIGUSR2); });
}

/// Returns true when the node is to stop, false when it has ended. SIGHUP reads the configuration again.
bool wait_for_stop(const node_actor& node, const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal == SIGTERM || signal == SIGINT) return true;
    if (signal == SIGUSR2) return false;
    if (signal == SIGHUP) post(node, reload_node{"SIGHUP"});
  }
}

/// Who else could change what the node goes by or keeps, in the log.
void warn_of(const std::vector<std::string>& exposed) {
  for (auto& text : exposed) log(log_level::warning, "node", "exposed", "{}", text);
}

/// Keys are in this memory, and nobody is to find them in a file or look at them from another process. Where
/// the process may not be looked into, not even its /proc/PID/environ is its user's.
void keep_memory_private() {
  constexpr rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

/// All that a node runs with, from its configuration.
outcome<node_settings> settings_from(node_config config) {
  auto types = load_criteria(config.criteria_file);
  if (!types) return std::unexpected(types.error());
  auto own_types = load_overlays(config);
  if (!own_types) return std::unexpected(own_types.error());
  auto logins = make_logins(config);
  if (!logins) return std::unexpected(logins.error());
  return node_settings{std::move(config),
                       std::make_shared<const criteria>(std::move(*types)),
                       std::move(*logins),
                       {},
                       std::move(*own_types)};
}

/// The same for a node that is running.
outcome<node_settings> read_again(const node_config& running) {
  auto config = load_node_config(running.file);
  if (!config) return std::unexpected(config.error());
  auto exposed = check_exposure(*config);
  if (!exposed) return std::unexpected(exposed.error());
  warn_of(*exposed);
  // The others are open.
  auto unseen = *config;
  std::erase_if(unseen.tenants, [&](auto& tenant) {
    return std::ranges::any_of(running.tenants, [&](auto& x) { return x.database == tenant.database; });
  });
  if (auto usable = check_databases(unseen); !usable)
    return fail(ec::bad_config, usable.error().message, usable.error().subject);
  return settings_from(std::move(*config));
}

/// Runs the node, from its first actor to its last. Returns the exit code.
int run_node(const node_config& config, node_settings settings, const sigset_t& signals, impatience& hurry) {
  http_engine engine{engine_options(config.http)};
  system_config system_settings{config};
  caf::actor_system system{system_settings};
  net::net_thread net;

  settings.transport = transport_over(engine);
  settings.read_again = read_again;
  settings.stop_process = [] { ::kill(::getpid(), SIGTERM); };
  auto serving = caf::actor_cast<node_actor>(system.spawn(node, std::move(settings)));
  journal_actor journal;
  {
    caf::scoped_actor self{system};
    self->request(serving, caf::infinite, query_journal{})
        .receive([&](const journal_handle& handle) { journal = handle.journal; }, [](const caf::error&) {});
  }
  auto porter = system.spawn(door, serving, journal, config.name, std::string{"local socket"});
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

  watch(serving);
  bool told = wait_for_stop(serving, signals);
  if (told) {
    hurry.start(config.stop_grace + stop_limit, ended_by_force);
    stop_node(system, serving);
  } else {
    hurry.start(stop_limit, service_died);
    std::fputs(
        "tidemarkd: the node has ended because one of its services died, see the log; imports go on from "
        "their ledgers at the next start\n",
        stderr);
  }
  caf::anon_send_exit(porter, caf::exit_reason::user_shutdown);
  // Not before: whoever is linked sees that the node has stopped when the link closes.
  opened->reset();
  return told ? 0 : service_died;
}

int serve(const node_config& config) {
  auto exposed = check_exposure(config);
  if (!exposed) return refuse(exposed.error());
  if (auto started = start_logging(config.log); !started) return refuse(started.error());
  warn_of(*exposed);
  auto settings = settings_from(config);
  if (!settings) return refuse(settings.error());
  auto folder = data_folder::claim(config.data_dir);
  if (!folder) return refuse(folder.error());
  if (auto usable = check_databases(config); !usable) return refuse(usable.error());

  auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN); // a file at its size limit is an error like a full disk

  curl_global_init(CURL_GLOBAL_ALL);
  impatience hurry{signals};
  auto code = run_node(config, std::move(*settings), signals, hurry);
  if (code == 0) log(log_level::info, "node", "stopped", "node {} stopped", config.name);
  return code;
}

int run(int argc, char** argv) {
  ::umask(S_IRWXG | S_IRWXO); // records and logs are nobody else's, whatever the folder that they go to
  ::mallopt(M_MMAP_THRESHOLD, returned_bytes);
  CLI::App app{"tidemarkd: a tidemark node. Imports NetSuite records into tenants' own databases."};
  std::string file;
  app.add_option("--config", file, "the node's configuration file (TOML)")->required();
  bool traceable = false;
  app.add_flag("--traceable", traceable,
               "let debuggers and core dumps see this process, and with it the keys in its memory");
  app.set_version_flag("--version", "tidemarkd " TIDEMARK_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : refused_to_start;
  }
  if (!traceable) keep_memory_private();
  auto config = load_node_config(file);
  if (!config) return refuse(config.error());
  return serve(*config);
}

} // namespace

} // namespace tidemark

int main(int argc, char** argv) { return tidemark::run(argc, argv); }
