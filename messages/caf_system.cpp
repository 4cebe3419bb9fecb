#include "messages/caf_system.hpp"

#include "messages/caf_error.hpp"
#include "messages/wire/type_ids.hpp"

namespace tidemark {

void announce_protocol(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::tidemark>();
  config.add_error_category(caf::atom("tidemark"), [](std::uint8_t code, caf::atom_value,
                                                      const caf::message& context) {
    return std::string{to_string(static_cast<ec>(code))} + (context.empty() ? "" : caf::to_string(context));
  });
}

} // namespace tidemark
