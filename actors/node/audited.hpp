/// What the audit says of the commands that change something.
#pragma once

#include <string>

#include "messages/wire/control.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/node.hpp"
#include "messages/wire/slots.hpp"
#include "messages/wire/tenants.hpp"

namespace tidemark {

/// Whoever asked, what for and about whom, without time, origin and result. The command stands there with
/// every option that makes it another one.
audit_entry audit_of(const start_import& wanted);
audit_entry audit_of(const cancel_import& wanted);
audit_entry audit_of(const pause_import& wanted);
audit_entry audit_of(const resume_import& wanted);
audit_entry audit_of(const retry_import& wanted);
audit_entry audit_of(const accept_deletions& wanted);
audit_entry audit_of(const tune_concurrency& wanted);
audit_entry audit_of(const suspend_tenant& wanted);
audit_entry audit_of(const resume_tenant& wanted);
audit_entry audit_of(const stop_node& wanted);
audit_entry audit_of(const reload_node& wanted);
audit_entry audit_of(const change_flag& wanted);
audit_entry audit_of(const add_schedule& wanted);
audit_entry audit_of(const change_schedule& wanted);

/// False for a command that only asks this time.
inline bool changes_something(const auto&) { return true; }
inline bool changes_something(const tune_concurrency& wanted) { return wanted.reset || wanted.limit != 0; }

/// A command that changes something: one that the audit has words for.
template <class Command>
concept audited_command = requires(const Command& x) { audit_of(x); };

} // namespace tidemark
