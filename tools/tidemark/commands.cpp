#include "tools/tidemark/commands.hpp"

namespace tidemark::cli {

const grammar& commands() {
  static const grammar all = [] {
    grammar result;
    add_import_commands(result);
    add_batch_commands(result);
    add_record_type_commands(result);
    add_criteria_commands(result);
    add_tenant_commands(result);
    add_monitor_commands(result);
    add_control_commands(result);
    add_node_commands(result);
    add_program_commands(result);
    add_session_commands(result);
    return result;
  }();
  return all;
}

} // namespace tidemark::cli
