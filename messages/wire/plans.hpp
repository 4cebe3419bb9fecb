/// What an import would do: record types as the criteria describe them, and dry runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/words.hpp"

namespace tidemark {

struct list_record_types {
  std::string tenant; ///< with what its own criteria add; empty: the node's criteria alone
};
TIDEMARK_INSPECT(list_record_types, x.tenant)

struct record_type_info {
  std::string name;
  std::string table;
  std::string filter;
  std::string key;
  std::string set_of; ///< the parent type, if any
  std::string change_column;
  std::string deleted_as;   ///< what `deletedrecord` calls it, as a condition; empty if it does not cover it
  std::uint32_t fields = 0; ///< none: it is a group of those in `depends_on`
  std::uint32_t wave = 0;   ///< of an import with this main type
  std::vector<std::string> depends_on;
};
TIDEMARK_INSPECT(record_type_info, x.name, x.table, x.filter, x.key, x.set_of, x.change_column, x.deleted_as,
                 x.fields, x.wave, x.depends_on)

struct record_type_list {
  std::vector<record_type_info> record_types;
};
TIDEMARK_INSPECT(record_type_list, x.record_types)

/// A dry run: plans against NetSuite, fetches and stores nothing.
struct plan_import {
  std::string tenant;
  std::string record_type;
  import_mode mode = import_mode::full;
  unix_ms since = 0;
};
TIDEMARK_INSPECT(plan_import, x.tenant, x.record_type, x.mode, x.since)

struct planned_type {
  std::string name;
  std::uint32_t wave = 0;
  std::uint64_t records = 0;
  std::uint64_t batches = 0;
  std::uint64_t plan_requests = 0; ///< requests that planning it took, and takes again in the import
  bool walked = false;             ///< planned by a keyset walk: the counts are estimates
  std::string error;               ///< why it cannot be planned: the type would be skipped or fail
  unix_ms changed_since = 0;       ///< only records changed since then; zero: all
  std::string remark = {};         ///< why all, where people would expect the changed ones
};
TIDEMARK_INSPECT(planned_type, x.name, x.wave, x.records, x.batches, x.plan_requests, x.walked, x.error,
                 x.changed_since, x.remark)

struct plan_report {
  std::string tenant;
  std::string record_type;
  std::vector<planned_type> types; ///< in wave order, then by name
  std::uint64_t records = 0;
  std::uint64_t batches = 0;
  std::uint64_t expected_requests = 0;
  import_mode mode = import_mode::full;
  std::string system; ///< the path that the import would take now
};
TIDEMARK_INSPECT(plan_report, x.tenant, x.record_type, x.types, x.records, x.batches, x.expected_requests,
                 x.mode, x.system)

} // namespace tidemark
