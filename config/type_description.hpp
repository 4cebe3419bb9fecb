/// What an import keeps of the way a record type was described when it was planned. A pure core.
#pragma once

#include "config/criteria.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// The record type as far as its description decides which records are asked for and how they are stored, as
/// one line of JSON for the ledger. Names of references, order and the log of deletions are not part of it.
std::string describe(const record_type& type, const criteria& types);

/// The key as people read it: the names of its fields.
std::string key_text(const record_type& type);

/// How a description differs from an earlier one.
struct description_change {
  /// What makes records that were read by the one unfit to stand beside those read by the other, as the end
  /// of a sentence: "its key was 'id' and is 'code' now". Empty if nothing does.
  std::string breaks;
  /// The same where only the changed ones are asked for, by the change columns of the type and of a set's
  /// parent.
  std::string breaks_changes;
  /// The SuiteQL columns of fields that only the later one has, as the account names them.
  std::vector<std::string> gained;
};

/// A text that is no description, as of a ledger that was written before they were kept, differs in nothing.
description_change compare_descriptions(std::string_view then, std::string_view now);

} // namespace tidemark
