/// Pure core of an import: what the present criteria mean for a record type that it planned under others.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/import/import_progress.hpp"
#include "config/criteria.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// An import lives by what it planned. What it says of one of its record types:
struct plan_review {
  /// Why the type's records cannot be read on, or compared, as they were begun: a sentence that names the
  /// change. Empty if they can.
  std::string broken;
  /// SuiteQL columns that are described since its first batch was planned. They are left out to the import's
  /// end: the records that it has read lack them.
  std::vector<std::string> left_out;
  /// How the type counts as described from now on: without what is left out.
  std::string description;
};

/// `begun`: something of the type is planned, so that part of its records may have been read.
plan_review review(const type_row& row, bool begun, const criteria& types);

/// What it says of all of an import's record types.
struct plan_changes {
  std::map<std::string, std::string> broken; ///< by record type; those that have ended are among them
  std::vector<type_row> changed;             ///< rows of unfinished types that count as described anew
  std::vector<import_note> left_out;         ///< for people; the subject is the column
};

/// `has_batches`: the ledger holds batches of this record type.
plan_changes review_all(const import_progress& progress,
                        const std::function<bool(const std::string& record_type)>& has_batches,
                        const criteria& types, unix_ms now);

/// The ledger's rows of an import do not have its main record type.
failure lost_main_type(const std::string& record_type);

} // namespace tidemark
