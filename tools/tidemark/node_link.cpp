#include "tools/tidemark/node_link.hpp"

#include "messages/caf_system.hpp"
#include "net/link_settings.hpp"
#include "net/local_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <fmt/format.h>

#include <optional>

namespace tidemark::cli {

namespace {

constexpr std::chrono::seconds word_interval{10};

struct client_config : caf::actor_system_config {
  client_config() {
    net::configure_links(*this);
    announce_protocol(*this);
    // Two small actors: more threads would only cost start-up time.
    set("scheduler.max-threads", std::size_t{1});
  }
};

} // namespace

struct node_link::runtime {
  client_config config;
  caf::actor_system system{config};
  // Ends before the system does: its links are closed then.
  net::net_thread net;
  client_actor client;
  session_actor session;
};

node_link::node_link(std::string path, inbox& in, patience waits)
    : path_(std::move(path)), inbox_(in), waits_(waits), runtime_(std::make_unique<runtime>()) {}

node_link::~node_link() {
  runtime_->session = nullptr;
  // The node's session ends with this actor; the system waits for it.
  caf::anon_send_exit(runtime_->client, caf::exit_reason::user_shutdown);
  runtime_->client = nullptr;
}

attempt<std::unique_ptr<node_link>> node_link::open(std::string path, inbox& in, patience waits) {
  std::unique_ptr<node_link> link{new node_link{std::move(path), in, waits}};
  auto& at = *link->runtime_;
  auto door =
      net::connect_local<door_actor>(at.net, at.system, {.path = link->path_, .timeout = waits.connect});
  if (!door) {
    // The usual reason is another place than the one that was looked at.
    constexpr std::string_view nobody = "no node listens";
    if (door.error().message.starts_with(nobody))
      door.error().message += "; where another one listens is said by --node unix:PATH or TIDEMARK_NODE";
    bool refused = door.error().code == ec::version_mismatch || door.error().code == ec::bad_config;
    return std::unexpected(
        trouble{refused ? exit_code::refused : exit_code::node_lost, door.error().message});
  }
  at.client = at.system.spawn(client, std::move(*door), &in, waits);
  auto greeting = link->ask(hello{protocol_version, "tidemark " TIDEMARK_VERSION});
  if (!greeting) return std::unexpected(std::move(greeting.error()));
  link->node_ = greeting->node;
  at.session = caf::actor_cast<session_actor>(greeting->session);
  return link;
}

attempt<any_answer> node_link::wait_for(caf::message what, std::optional<std::chrono::milliseconds> at_most,
                                        const waiting_hook& meanwhile) {
  auto number = inbox_.next_question();
  post(runtime_->client, put_question{number, std::move(what), at_most});
  for (auto waited = word_interval; meanwhile && !inbox_.has_answer(clock::now() + word_interval);
       waited += word_interval)
    meanwhile(waited);
  auto got = inbox_.wait_for_answer();
  if (auto* answered = std::get_if<attempt<any_answer>>(&got)) return std::move(*answered);
  if (auto* wish = std::get_if<interrupted>(&got))
    return std::unexpected(
        trouble{wish->code, "ended before the node answered; what was asked for may go on"});
  return std::unexpected(
      trouble{exit_code::node_lost, fmt::format("the node at {} went away before it answered", path_)});
}

subscription node_link::follow(const std::string& import_id) {
  return {runtime_->system.spawn(follower, runtime_->session, &inbox_, import_id), inbox_};
}

subscription::~subscription() {
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
  inbox_.clear_stream();
}

void subscription::taken() {
  if (++taken_ < stream_credit / 2) return;
  post(actor_, grant_credit{std::exchange(taken_, 0)});
}

void subscription::renew() {
  // A new subscription starts with full credit.
  taken_ = 0;
  post(actor_, renew_subscription{});
}

} // namespace tidemark::cli
