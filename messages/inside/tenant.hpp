/// tenant: everything of one tenant.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/pool.hpp"
#include "messages/inside/scheduler.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/wave.hpp"
#include "messages/wire/account.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/parity.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/tenants.hpp"

namespace tidemark {

/// import → tenant: asks to run record types, all of them in one message, since imports that claim one after
/// the other can come to wait for each other. For each, one `claim_decided` answers, and after a waiting one
/// another.
struct claim_types {
  struct claimed_type {
    std::string name;
    std::string description; ///< as it would be read
  };

  std::string import_id;
  std::vector<claimed_type> types;
  import_mode mode = import_mode::full;
  import_options options; ///< whose result it may take instead depends on these
};
/// import → tenant: the record type has ended here; whoever waited may take it or run it.
struct type_ended {
  std::string import_id;
  type_row row;
};
struct query_tenant {};
struct tenant_status {
  std::uint64_t imports_running = 0;
  bool recovered = false; ///< the database's owner before this one did not say that it stopped
  suspension suspended = {};
  std::string taken_over = {};    ///< why another owner has its database; empty: none has
  std::string database_away = {}; ///< what is in the way of its database, as of the last look at it
  std::string recovery = {};      ///< what is known of the owner before; empty if it stopped cleanly
  std::string served_twice = {};  ///< who else serves the tenant, a sentence; empty: nobody
  std::string comparing = {};     ///< the record type whose paths are being compared; empty: none
};

/// How a tenant and its database are.
struct query_health {};
struct tenant_health {
  store_health store;
  bool away = false;                  ///< the last look at the database found that it cannot be used
  std::chrono::milliseconds delay{0}; ///< of the database's answer
  suspension suspended = {};
  bool suspension_known = false; ///< its ledger has been read
};

/// node → tenant: the limit of its account as the configuration has it now.
struct adopt_limit {
  std::uint32_t limit = 0;
  bool automatic = false; ///< the account is asked for it
};
/// node → tenant: stop every import where it is; answered when the database has been left cleanly.
struct stop_tenant {
  std::string why; ///< for people, as in "the node is stopping"
};
/// import → tenant: its state in the ledger is final, or paused.
struct import_ended {
  import_status status;
};

/// What an import needs of whoever runs it.
using import_parent =
    caf::typed_actor<sig<void, claim_types>, sig<void, type_ended>, sig<void, import_ended>>;

/// The comparison of the two paths: answers one question, then ends.
using parity_actor = import_parent::extend<sig<parity_report, check_parity>>;

/// Which records of those that an import holds the account shows.
struct find_shown {
  std::vector<type_keys> held;
};
struct shown_records {
  std::vector<type_keys> shown;
};
/// Answers one question, then ends. Its own loop: a query is asked again, or time is up.
using held_check_actor = caf::typed_actor<sig<shown_records, find_shown>, sig<void, tick>>;

/// tenant → check or discovery: ask nothing more, and tell what is known so far.
struct end_inquiry {
  std::string why; ///< a sentence
};

/// They ask the account one question after the other: answer one request, then end. Their own loop: time is
/// up.
using account_check_actor =
    caf::typed_actor<sig<account_report, check_tenant>, sig<void, end_inquiry>, sig<void, tick>>;
using discovery_actor =
    caf::typed_actor<sig<discovery, discover_criteria>, sig<void, end_inquiry>, sig<void, tick>>;

using tenant_actor = caf::typed_actor<
    sig<import_status, start_import>, sig<import_status, query_import>, sig<import_status, pause_import>,
    sig<import_status, resume_import>, sig<cancel_receipt, cancel_import>, sig<import_list, list_imports>,
    sig<plan_report, plan_import>, sig<import_status, retry_import>, sig<import_status, accept_deletions>,
    sig<batch_list, list_batches>, sig<rejected_list, list_rejected>, sig<blocker_list, query_blockers>,
    sig<parity_report, check_parity>, sig<account_report, check_tenant>, sig<discovery, discover_criteria>,
    sig<tenant_status, query_tenant>,
    /// Both are answered when the suspension is in the database.
    sig<tenant_status, suspend_tenant>, sig<tenant_status, resume_tenant>,
    sig<record_type_list, list_record_types>, sig<import_rows, find_unfinished>, sig<done, check_start>,
    sig<done, stop_tenant>, sig<child_list, list_children>,
    // for the monitor
    sig<tenant_health, query_health>, sig<error_report, query_errors>, sig<past_imports, load_past>,
    sig<import_rows, load_imports>,
    // from its imports
    sig<void, note_added>, sig<void, claim_types>, sig<void, type_ended>, sig<void, import_ended>,
    // from the account's pool
    sig<void, account_unavailable>, sig<void, account_available>, sig<void, account_suspect>,
    sig<void, login_refused>,
    // from the node
    sig<void, adopt_limit>,
    /// Own loop: looks whether the account is back.
    sig<void, tick>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::find_shown)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::shown_records)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tenant_health)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::adopt_limit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::end_inquiry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::query_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::stop_tenant)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::tenant_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::claim_types)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::type_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_ended)
