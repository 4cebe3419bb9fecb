#include "actors/request/http.hpp"

#include "actors/supervision.hpp"
#include "messages/promise.hpp"
#include "netsuite/classify.hpp"
#include "netsuite/unpack.hpp"

namespace tidemark {

http_transport transport_over(http_engine& engine) {
  return {[&engine](http_request wanted, http_engine::closed on_closed) {
            engine.submit(std::move(wanted), std::move(on_closed));
          },
          [&engine](transfer_id id) { engine.cancel(id); }, [&engine] { return engine.stats(); }};
}

caf::result<fetched> http_state::start(const fetch& what) {
  auto promise = make_promise<fetched>(self);
  open.insert_or_assign(what.request.id, transfer{what.pool, promise});
  // The engine calls back on its own thread; the weak address keeps a late callback from holding the actor.
  engine.submit(what.request, [address = self->address()](http_response response) {
    if (auto target = caf::actor_cast<http_actor>(address)) post(target, transfer_ended{std::move(response)});
  });
  return promise;
}

void http_state::end(http_response&& response) {
  auto found = open.find(response.id);
  if (found == open.end()) return;
  auto ended = std::move(found->second);
  open.erase(found);
  // A page is unpacked by whoever has asked for it: here it would keep the slots of others waiting.
  if (!looks_like_data(response)) unpack(response);
  auto verdict = classify(response);
  auto what = verdict ? failure{} : std::move(verdict.error());
  send(self, ended.pool,
       transfer_closed{response.id, what.code, response.duration, response.retry_after, true, what.message,
                       response.transport == transport_result::ok && !response.new_connection,
                       response.server_date});
  ended.promise.deliver(fetched{std::move(response), std::move(what)});
}

void http_state::cancel(const cancel_transfer& what) {
  if (open.contains(what.id))
    engine.cancel(what.id);
  else
    send(self, what.pool, transfer_closed{what.id, ec::cancelled, {}, {}, false, {}});
}

http_counts http_state::counts() const {
  auto stats = engine.stats();
  return {stats.transfers, stats.connections_opened, stats.open_now, stats.reused, stats.lost};
}

open_transfers http_state::list() const {
  open_transfers result;
  for (auto& [id, known] : open) result.ids.push_back(id);
  return result;
}

http_actor::behavior_type http(http_actor::stateful_pointer<http_state> self, http_transport engine) {
  name_exceptions(self);
  state_of(self).engine = std::move(engine);
  return {
      [self](const fetch& what) { return state_of(self).start(what); },
      [self](const cancel_transfer& what) { state_of(self).cancel(what); },
      [self](const query_http&) { return state_of(self).counts(); },
      [self](const list_transfers&) { return state_of(self).list(); },
      [self](transfer_ended& ended) { state_of(self).end(std::move(ended.response)); },
  };
}

} // namespace tidemark
