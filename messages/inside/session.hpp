/// session: what people ask of a node, through whichever door.
#pragma once

#include "messages/caf_compat.hpp"
#include "messages/inside/scheduler.hpp"
#include "messages/wire/account.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/control.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/hello.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/journal.hpp"
#include "messages/wire/node.hpp"
#include "messages/wire/parity.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/slots.hpp"
#include "messages/wire/tenants.hpp"

namespace tidemark {

/// What people ask of a node, through whichever door.
using command_actor = caf::typed_actor<
    sig<import_status, start_import>, sig<import_status, query_import>, sig<cancel_receipt, cancel_import>,
    sig<import_status, pause_import>, sig<import_status, resume_import>, sig<import_list, list_imports>,
    sig<record_type_list, list_record_types>, sig<plan_report, plan_import>, sig<parity_report, check_parity>,
    sig<import_status, retry_import>, sig<import_status, accept_deletions>, sig<batch_list, list_batches>,
    sig<rejected_list, list_rejected>, sig<blocker_list, query_blockers>, sig<node_status, query_node>,
    sig<node_stopping, stop_node>, sig<reload_report, reload_node>, sig<pool_status, tune_concurrency>,
    sig<tenant_list, list_tenants>, sig<tenant_info, suspend_tenant>, sig<tenant_info, resume_tenant>,
    sig<error_report, query_errors>, sig<alert_list, query_alerts>, sig<flag_list, list_flags>,
    sig<flag_record, change_flag>, sig<flag_decision, explain_flag>, sig<schedule_list, list_schedules>,
    sig<schedule_status, add_schedule>, sig<schedule_status, change_schedule>, sig<audit_list, list_audit>,
    sig<account_report, check_tenant>, sig<discovery, discover_criteria>>;

/// What a node does for whoever came through a door.
using session_actor = command_actor::extend<sig<void, subscribe>, sig<void, more_events>>;

/// Behind the door: the only actor that a new link can see.
using door_actor = caf::typed_actor<sig<welcome, hello>>;

} // namespace tidemark
