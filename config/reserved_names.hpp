/// What tidemark's own tables, views and indexes are called in a tenant's database, where record types have
/// tables too. Whoever gives the ledger another one is told by the compiler (store/sqlite/ledger_schema.cpp).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace tidemark {

inline constexpr auto reserved_names = std::to_array<std::string_view>({"batch_attempts",
                                                                        "batch_attempts_of_import",
                                                                        "batches",
                                                                        "cancel_receipts",
                                                                        "changed_parents",
                                                                        "counted_batches",
                                                                        "cut_parents",
                                                                        "deletion_entries",
                                                                        "deletion_log",
                                                                        "deletion_names",
                                                                        "import_notes",
                                                                        "import_types",
                                                                        "import_types_held",
                                                                        "imports",
                                                                        "imports_unfinished",
                                                                        "kept_values",
                                                                        "kept_values_of_record",
                                                                        "missing_records",
                                                                        "owner",
                                                                        "record_columns",
                                                                        "record_tables",
                                                                        "rejected_records",
                                                                        "rejected_records_of_type",
                                                                        "schema_notes",
                                                                        "type_totals",
                                                                        "undated_types",
                                                                        "value_sums_left_out",
                                                                        "watermarks"});

/// Tables and indexes have their names from one set.
constexpr bool is_reserved_name(std::string_view name) noexcept {
  return std::ranges::find(reserved_names, name) != reserved_names.end();
}

} // namespace tidemark
