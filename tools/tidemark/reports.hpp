/// Answers for people: tables and facts that fit a width.
#pragma once

#include "messages/remote.hpp"
#include "tools/tidemark/line.hpp"
#include "tools/tidemark/table.hpp"

#include <cstddef>
#include <vector>

namespace tidemark::cli {

std::vector<line> report(const import_status& status, unix_ms now, std::size_t width = any_width);
std::vector<line> report(const import_list& list, std::size_t width = any_width);
std::vector<line> report(const record_type_list& list, std::size_t width = any_width);
std::vector<line> report(const plan_report& plan, std::size_t width = any_width);
std::vector<line> report(const node_status& node, unix_ms now, std::size_t width = any_width);
std::vector<line> report(const cancel_receipt& receipt, std::size_t width = any_width);

/// One line: how an import ended, or where it rests.
line verdict(const import_status& status);

} // namespace tidemark::cli
