#include "tools/tidemark/command.hpp"

#include "tools/tidemark/surroundings.hpp"

namespace tidemark::cli {

exit_code command::run(const surroundings& with) const {
  return needs_node() ? entry_->run(input_, with) : entry_->run_without_node(input_, with.to);
}

exit_code command::run(const console& to) const { return entry_->run_without_node(input_, to); }

} // namespace tidemark::cli
