/// Record types as the file has them, between reading and checking. Internal to the part.
#pragma once

#include "config/criteria.hpp"
#include "config/problems.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tidemark {

/// One element of `record_types`, at the same index. What could not be read is empty and was already
/// reported.
struct record_type_draft {
  /// `depends_on` holds only the listed names, in the file's order.
  record_type type;
  /// For each field, whether its type could be read; rules about types stay silent where it could not.
  std::vector<bool> typed;
  /// For each field, whether its display name is wanted too.
  std::vector<bool> displayed;
};

/// The JSON path of a record type, or of one of its fields.
std::string path_of(std::size_t type);
std::string path_of(std::size_t type, std::size_t field);

/// Checks everything that concerns names, references and types: inside one record type and between them.
void check_rules(const std::vector<record_type_draft>& drafts, problem_list& problems);

/// The record types that `type` waits for: listed, referenced and its set's parent, sorted and without
/// itself.
std::vector<std::string> dependencies(const record_type& type);

} // namespace tidemark
