/// Every command of the program, group by group.
#pragma once

#include "tools/tidemark/grammar.hpp"

namespace tidemark::cli {

const grammar& commands();

// One file each.
void add_import_commands(grammar& to);
void add_batch_commands(grammar& to);
void add_record_type_commands(grammar& to);
void add_criteria_commands(grammar& to);
void add_tenant_commands(grammar& to);
void add_monitor_commands(grammar& to);
void add_control_commands(grammar& to);
void add_node_commands(grammar& to);
void add_program_commands(grammar& to);
void add_session_commands(grammar& to);

} // namespace tidemark::cli
