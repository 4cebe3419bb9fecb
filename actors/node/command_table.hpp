/// What a node knows of each question that a door may put to it, in one table: whose it is, how long its
/// answer may take, and what the audit says of it. Made from the interface itself, so that no question is
/// forgotten.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/caf_compat.hpp"
#include "messages/control.hpp"

namespace tidemark {

/// Who answers: the node itself, the tenant of that name, the tenant of that import, or a service of the
/// node.
enum class answerer : std::uint8_t { node, tenant, import, control, scheduler, monitor };

struct addressee {
  answerer who = answerer::node;
  std::string_view name = {}; ///< of the tenant, or the import's id
};

struct command_facts {
  addressee (*whose)(const caf::message& question);
  /// What the audit says of it, without time, origin and result; nothing if it changes nothing this time.
  /// Null if it never does.
  std::optional<audit_entry> (*audit)(const caf::message& question);
  /// Completes the audit's entry by the answer; may be null.
  void (*see_answer)(audit_entry& entry, const caf::message& answer);
  /// After this no answer comes any more: whoever was to give it hangs.
  std::chrono::milliseconds patience;
  bool at_doors = false; ///< a question of `command_actor`: the others are asked within the node alone
};

/// Null for a message that is no question of `node_actor`. What it returns lives for ever.
const command_facts* facts_of(const caf::message& question);

} // namespace tidemark
