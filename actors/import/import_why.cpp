/// What an import waits for, as its waves and the account's pool see it at this moment.
#include <memory>

#include "actors/clock.hpp"
#include "actors/import/blockers.hpp"
#include "actors/import/import.hpp"
#include "messages/promise.hpp"

namespace tidemark {

caf::result<blocker_list> import_run::blockers() {
  auto promise = make_promise<blocker_list>(self);
  auto facts = std::make_shared<waiting_facts>();
  facts->now = wall_now();
  facts->status = progress->status(facts->now);
  if (graph)
    for (auto& type : planned_types(*progress))
      if (graph->contains(type)) facts->depends_on[type] = graph->dependencies_of(type);
  auto left = std::make_shared<std::size_t>(waves.size() + 1);
  auto one_less = [promise, facts, left]() mutable {
    if (--*left == 0) promise.deliver(blockers_of(*facts));
  };
  auto ignore = [one_less](const caf::error&) mutable { one_less(); };
  request(self, settings.account.pool, caf::infinite, query_pool{})
      .then(
          [facts, one_less](const pool_status& pool) mutable {
            facts->pool = pool;
            one_less();
          },
          ignore);
  for (auto& [index, actor] : waves)
    request(self, actor, caf::infinite, query_waits{})
        .then(
            [facts, one_less](const wave_waits& some) mutable {
              facts->waits.insert(facts->waits.end(), some.waits.begin(), some.waits.end());
              one_less();
            },
            ignore);
  return promise;
}

} // namespace tidemark
