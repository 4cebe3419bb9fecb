#include "tools/tidemark/exit_code.hpp"

namespace tidemark::cli {

bool at_rest(import_state state) noexcept { return is_final(state) || state == import_state::paused; }

exit_code exit_code_of(import_state state) noexcept {
  switch (state) {
  case import_state::completed_with_errors: return exit_code::completed_with_errors;
  case import_state::failed: return exit_code::failed;
  case import_state::cancelled: return exit_code::cancelled;
  case import_state::paused: return exit_code::paused;
  default: return exit_code::done;
  }
}

exit_code exit_code_of(ec code) noexcept {
  switch (code) {
  case ec::bad_config:
  case ec::bad_request:
  case ec::unknown_tenant:
  case ec::unknown_record_type:
  case ec::unknown_import:
  case ec::conflict:
  case ec::version_mismatch:
  case ec::stopping:
  case ec::dependency_cycle:
  case ec::suspended: return exit_code::refused;
  default: return exit_code::failed;
  }
}

} // namespace tidemark::cli
