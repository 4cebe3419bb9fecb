/// Answers for people: tables and facts that fit a width.
#pragma once

#include "messages/wire/account.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/control.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"
#include "messages/wire/node.hpp"
#include "messages/wire/parity.hpp"
#include "messages/wire/plans.hpp"
#include "messages/wire/slots.hpp"
#include "messages/wire/tenants.hpp"
#include "tools/tidemark/line.hpp"
#include "tools/tidemark/table.hpp"

#include <cstddef>
#include <vector>

namespace tidemark::cli {

std::vector<line> report(const import_status& status, unix_ms now, std::size_t width = any_width);
std::vector<line> report(const import_list& list, std::size_t width = any_width);
/// What is missing of an answer, a sentence; empty if nothing is.
std::string shortfall(const import_list& list);
std::vector<line> report(const record_type_list& list, std::size_t width = any_width);
std::vector<line> report(const plan_report& plan, std::size_t width = any_width);
std::vector<line> report(const node_status& node, unix_ms now, std::size_t width = any_width);
std::vector<line> report(const pool_status& pool, std::size_t width = any_width);
std::vector<line> report(const tenant_list& list, std::size_t width = any_width);
std::vector<line> report(const tenant_info& tenant, std::size_t width = any_width);
std::vector<line> report(const batch_list& list, std::size_t width = any_width);
std::vector<line> report(const rejected_list& list, std::size_t width = any_width);
std::vector<line> report(const blocker_list& list, unix_ms now, std::size_t width = any_width);
std::vector<line> report(const alert_list& alerts, unix_ms now, std::size_t width = any_width);
std::vector<line> report(const error_report& errors, std::size_t width = any_width);
std::vector<line> report(const cancel_receipt& receipt, std::size_t width = any_width);
std::vector<line> report(const flag_list& list, std::size_t width = any_width);
std::vector<line> report(const flag_record& record, std::size_t width = any_width);
std::vector<line> report(const flag_decision& decision, std::size_t width = any_width);
std::vector<line> report(const parity_report& parity, std::size_t width = any_width);
std::vector<line> report(const schedule_list& list, std::size_t width = any_width);
std::vector<line> report(const schedule_status& status, std::size_t width = any_width);
std::vector<line> report(const audit_list& list, std::size_t width = any_width);

std::vector<line> report(const account_report& found, std::size_t width = any_width);
std::vector<line> report(const discovery& found, std::size_t width = any_width);
std::vector<line> report(const reload_report& reload, std::size_t width = any_width);

/// One line: how an import ended, or where it rests.
line verdict(const import_status& status);

/// What comparing each record type of an import came to, a line for each: "currency  complete as of ..., 5 of
/// 5". Of many that are complete, a line for all.
std::vector<line> proofs(const import_status& status, std::size_t width = any_width);

/// There is more to see of an import that has ended than what comparing it came to.
bool has_errors(const import_status& status);

} // namespace tidemark::cli
