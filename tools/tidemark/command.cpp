#include "tools/tidemark/command.hpp"

#include "tools/tidemark/import_words.hpp"
#include "tools/tidemark/surroundings.hpp"
#include "tools/tidemark/tell.hpp"

namespace tidemark::cli {

exit_code command::run(const surroundings& with) const {
  if (!needs_node()) return entry_->run_without_node(input_, with.to);
  auto input = input_;
  for (auto& x : imports_) {
    auto id = import_meant_by(x.word, with.link);
    if (!id) return complain(with.to, id.error());
    x.what->put(input, *id);
  }
  return entry_->run(input, with);
}

exit_code command::run(const console& to) const { return entry_->run_without_node(input_, to); }

} // namespace tidemark::cli
