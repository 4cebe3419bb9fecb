/// The index of the protocol: every typed interface with its messages, one file each, in the order in which
/// an import meets them. `inside/` never leaves a node; `wire/` crosses processes and has a version
/// (`wire/hello.hpp`). Include what you use, not this.
///
/// Commands travel down, facts travel up. Messages marked "own loop" are sent by an actor to itself.
#pragma once

#include "messages/inside/batch.hpp"
#include "messages/inside/budget.hpp"
#include "messages/inside/common.hpp"
#include "messages/inside/control.hpp"
#include "messages/inside/credential.hpp"
#include "messages/inside/finishing.hpp"
#include "messages/inside/http.hpp"
#include "messages/inside/import.hpp"
#include "messages/inside/journal.hpp"
#include "messages/inside/monitor.hpp"
#include "messages/inside/node.hpp"
#include "messages/inside/planner.hpp"
#include "messages/inside/pool.hpp"
#include "messages/inside/scheduler.hpp"
#include "messages/inside/session.hpp"
#include "messages/inside/store.hpp"
#include "messages/inside/tenant.hpp"
#include "messages/inside/wave.hpp"
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
