/// An import of payments with everything that they need, for a tenant that grants every claim.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/import/import.hpp"
#include "actors/legacy/legacy_import.hpp"
#include "import/import_world.hpp"

namespace tidemark {

struct run_world : import_world {
  explicit run_world(const slot_policy_options& policy = {.limit = 20, .seed = 11}) : import_world(policy) {
    for (auto name : {"customer", "item", "method", "invoice", "payment"}) fill(name, 5);
    tenant = spawn([this](caf::event_based_actor* self) {
      return caf::behavior{
          [this, self](const claim_types& claim) {
            for (auto& type : claim.types) {
              claims.push_back(type.name);
              if (!grants) continue;
              send(self, caf::actor_cast<import_actor>(self->current_sender()),
                   claim_decided{claim_decided::how::granted, type.name, {}, {}});
            }
          },
          [this](const type_ended& x) { ended_types.push_back(x.row); },
          [this](const import_ended& x) { ends.push_back(x.status); },
      };
    });
  }

  void start(import_state state = import_state::queued) {
    if (!created) row = create("payment", state, mode, options);
    created = true;
    go_on();
  }

  /// Starts an actor for what the ledger holds.
  void go_on() {
    import_settings with{types,
                         services(),
                         front->handle(),
                         room,
                         journal.handle(),
                         20,
                         {.max_attempts = 2},
                         {std::chrono::seconds{5}, std::chrono::seconds{10}, std::chrono::seconds{15}},
                         planning_mode::automatic};
    with.after_death = after_death;
    auto parent = caf::actor_cast<import_parent>(tenant);
    actor = legacy ? spawn(legacy_import, row, std::move(with), parent)
                   : spawn(import, row, std::move(with), parent);
  }

  reply<cancel_receipt> cancel(const std::string& who = "anna") {
    return ask<cancel_receipt>(actor, cancel_import{"demo.1", who});
  }

  reply<done> halt(pause_cause cause, std::chrono::milliseconds grace = {}) {
    return ask<done>(actor, halt_import{"because", cause, grace});
  }

  import_status status() { return ask<import_status>(actor, query_status{}).value(); }

  const import_status& end() {
    REQUIRE(ends.size() == 1);
    return ends.front();
  }

  import_state state_in_ledger() { return ledger().import.state; }

  type_row type_in_ledger(const std::string& name) {
    auto snapshot = ledger();
    auto found = std::ranges::find(snapshot.types, name, &type_row::name);
    REQUIRE(found != snapshot.types.end());
    return *found;
  }

  bool legacy = false; ///< the path
  bool after_death = false;
  caf::actor tenant;
  bool grants = true;
  bool created = false;
  import_mode mode = import_mode::full;
  import_options options;
  import_row row;
  import_actor actor;
  std::vector<std::string> claims;
  std::vector<type_row> ended_types;
  std::vector<import_status> ends;
  listener<journal_actor, import_event> journal{*this};
};

} // namespace tidemark
