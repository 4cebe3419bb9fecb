/// Stand-ins for the actors and services around the one that is tested.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "actors/request/http.hpp"
#include "driven_system.hpp"

namespace tidemark {

/// An actor that keeps the messages of these types, in the order of their arrival.
template <class Handle, class... Messages>
class listener {
public:
  explicit listener(driven_system& on) {
    auto heard = heard_;
    puppet_ = on.spawn([heard](caf::event_based_actor* self) {
      return caf::behavior{
          [self](const play& what) { what.act(self); },
          [heard](const Messages& x) { std::get<std::vector<Messages>>(*heard).push_back(x); }...};
    });
  }

  Handle handle() const { return caf::actor_cast<Handle>(puppet_); }
  const caf::actor& puppet() const { return puppet_; }

  template <class Message>
  std::vector<Message>& heard() {
    return std::get<std::vector<Message>>(*heard_);
  }

private:
  std::shared_ptr<std::tuple<std::vector<Messages>...>> heard_ =
      std::make_shared<std::tuple<std::vector<Messages>...>>();
  caf::actor puppet_;
};

/// An http engine without a network: the test closes each transfer, or a rule does so at once.
class fake_engine {
public:
  struct transfer {
    http_request request;
    std::shared_ptr<http_engine::closed> on_closed;
  };

  http_transport transport();

  /// Closes the oldest open transfer, or the given one.
  void close(http_response response);
  void close(transfer_id id, http_response response);
  /// Closes every open transfer.
  void close_all(const http_response& response);

  /// Answers at once whatever it has an answer for.
  std::function<std::optional<http_response>(const http_request&)> rule;
  /// Cancelled transfers close at once; otherwise the test closes them.
  bool obeys_cancel = true;

  std::deque<transfer> open;
  std::vector<http_request> seen;
  std::vector<transfer_id> cancelled;
};

http_response answer_of(std::string body, long status = 200);
http_response refusal();
http_response transport_error(transport_result how);
/// A page of records that have nothing but these ids.
http_response page_of(const std::vector<std::int64_t>& ids, bool has_more = false);

/// An account whose tables hold records with the given ids: answers the queries of planners and batches.
class fake_account {
public:
  /// Something that stands in the way of a query; nothing if it does not concern this one.
  using obstacle = std::function<std::optional<http_response>(const std::string& sql)>;

  /// The rule for an engine: answers everything at once.
  std::function<std::optional<http_response>(const http_request&)> rule();
  http_response answer(const http_request& request);

  std::map<std::string, std::set<std::int64_t>> tables;
  std::size_t boundaries_per_page = 1000;
  std::size_t numbered = 0; ///< rows, by boundary queries
  std::vector<obstacle> obstacles;
  std::vector<std::string> queries;
  http_response server_time = answer_of(R"({"serverTime":"2026-03-01T10:00:00Z"})");
};

/// The query of a request; empty if it is none.
std::string sql_of(const http_request& request);

/// The table that a batch asks for a page of; empty if the request is anything else.
std::string table_of_page(const http_request& request);

bool contains(const std::string& text, std::string_view part);

} // namespace tidemark
