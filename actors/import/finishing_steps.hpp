/// Pure core of an import: what is left to do once its record types are in.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/criteria.hpp"
#include "messages/ledger.hpp"

namespace tidemark {

/// A full import verifies each record type as soon as it is in. An incremental one first reads the account's
/// log of deletions, when all types are in; then it verifies, or, to reconcile, compares all types of which
/// it has read changes alone.
class finishing_steps {
public:
  /// `types` must outlive this object.
  finishing_steps(import_mode mode, import_options options, const criteria& types)
      : mode_(mode), options_(options), types_(&types) {}

  /// The record type has ended here in a good state, run by this import itself. If it is not described any
  /// more as it was run, nothing is looked up about it in the account's log of deletions.
  void ended(const type_row& row, bool as_described = true);

  /// The same of one that another import has run for this one. It is not verified here: what is read of it is
  /// that one's. But what has gone meanwhile is looked up here, whatever becomes of the other import.
  void taken(const type_row& row, bool as_described = true);

  /// The record types whose verification may begin now, each told once.
  std::vector<std::string> take_to_verify();

  /// Whether the type's result may still change: its verification is to come, due or running.
  bool is_open(const std::string& record_type) const;

  void verified(const std::string& record_type, proof result);

  /// All record types are in: of which of them deletions have to be read now. None if there are none to be
  /// read, or if that was asked before.
  std::vector<std::string> take_deletions();

  /// The log was read, or cannot be; of these types it could not be told what is deleted.
  void deletions_over(bool readable, const std::set<std::string>& unsure = {});

  /// The log could not be read, or not be followed, and nothing else has told what it would have told of a
  /// type, or a comparison that was to tell it could not be made: why, the end of a sentence. Empty if
  /// nothing lacks.
  std::string_view lacking_deletions() const;

  /// Nothing is running, and nothing will come of `take_to_verify`.
  bool over() const { return open_.empty() && !reading_deletions_; }

private:
  /// What matters of a record type that has ended here.
  struct ended_type {
    bool partial = false;      ///< only its changes were read
    bool may_be_named = false; ///< its own row, or its parent's, may be found gone without having been read
    bool covered = false;      ///< the criteria say that it does
    bool unsure = false;       ///< its deletions cannot be told from what the role does not see
    bool taken = false;        ///< another import has run it
    proof compared = proof::none;
  };

  ended_type facts_of(const type_row& row, bool as_described) const;
  bool wants_verification(const ended_type& type) const;
  void open(const std::string& record_type);

  import_mode mode_;
  import_options options_;
  const criteria* types_;
  std::map<std::string, ended_type> ended_;
  std::set<std::string> open_;
  std::vector<std::string> due_;
  bool deletions_taken_ = false;
  bool reading_deletions_ = false;
  bool deletions_over_ = false;
  bool log_readable_ = true;
};

} // namespace tidemark
