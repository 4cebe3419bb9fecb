/// The evidence on which a tenant's flag is switched: both paths import the same into databases of their own,
/// which are then compared.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/import/import.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/promise.hpp"
#include "messages/wire/parity.hpp"
#include "store/store_comparison.hpp"

namespace tidemark {

struct parity_settings {
  import_settings base; ///< of the tenant's imports; store and journal are replaced
  std::string node;     ///< the owner of the databases
  std::string database; ///< the tenant's own, as `open_tenant_store` takes it; the others stand beside it
  bool store_thread = true;
};

struct parity_state {
  explicit parity_state(parity_actor::stateful_pointer<parity_state> actor) : self(actor) {}

  caf::result<parity_report> start(const check_parity& wanted);
  void grant(const claim_types& claim);
  void import_over(const import_ended& ended);
  void child_down(const caf::down_msg& down);

  static inline const char* name = "parity";

  parity_settings settings;

private:
  /// One path with all that it works with.
  struct side {
    std::string system;
    std::string url;
    store_actor store;
    http_actor http; ///< counts requests
    import_actor import;
    std::shared_ptr<std::atomic<std::uint64_t>> requests = std::make_shared<std::atomic<std::uint64_t>>(0);
  };

  void run(import_mode mode);
  void compare();
  void answer();
  void fail_with(const failure& what);
  void clean_up();

  parity_actor::stateful_pointer<parity_state> self;
  parity_report report;
  std::array<side, 2> sides;
  std::size_t at = 0; ///< the path that runs
  bool again = false; ///< what differed is looked at once more
  journal_actor journal;
  std::unique_ptr<store_comparison> comparison;
  answer_promise<parity_report> promise;
};

/// Spawn it detached: the comparison blocks. The paths run one after the other, so that neither takes slots
/// from the other. Where rows differ, both databases are brought up to date by an incremental import each and
/// the rows are compared again: those that changed at the source in between are the same then.
parity_actor::behavior_type parity(parity_actor::stateful_pointer<parity_state> self,
                                   parity_settings settings, caf::actor_addr parent);

/// The databases that a comparison makes beside the tenant's own.
std::array<std::string, 2> parity_databases(const std::string& database);

} // namespace tidemark
