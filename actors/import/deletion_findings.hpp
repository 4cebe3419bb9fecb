/// Pure core of the deletion run: what the entries of the log lead to, and what they tell of the account.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/criteria.hpp"
#include "messages/ledger.hpp"
#include "netsuite/deleted_records.hpp"
#include "netsuite/deletion_names.hpp"

namespace tidemark {

/// The keys of one record type that entries of the log name.
struct named_keys {
  std::vector<std::int64_t> sure;    ///< by an entry that is about the type for certain
  std::vector<std::int64_t> perhaps; ///< by others alone

  friend bool operator==(const named_keys&, const named_keys&) = default;
};

/// An entry of no certain type counts for each record type that holds its key, since each record is asked for
/// by key before it is taken away. What came of that is kept: what the account calls a type, and which
/// entries name a record that is there still, so that it is not asked for again.
///
/// A name is learned from a record that is gone, if nothing else explains its entry: no record of another
/// type with the same key, unless that one is there. One that was learned before is forgotten if entries
/// called so name records of the type that are there, and none that is gone.
class deletion_findings {
public:
  /// `types` must outlive this object; `asked` are some of them.
  deletion_findings(const criteria& types, std::vector<const record_type*> asked, const deletion_log& known);

  /// The next page. For each of the asked types, by its index, the keys that it may have lost, each once and
  /// in order.
  std::map<std::size_t, named_keys> take(deletions_page page);

  /// What the present page says of these keys is needed after the next one as well.
  void keep(const std::vector<std::int64_t>& keys) { kept_.insert(keys.begin(), keys.end()); }

  /// The same, as far as there is something to be learned from the type's records with these keys.
  void keep_to_learn(std::size_t type, const std::vector<std::int64_t>& keys);

  /// Whether any entry so far is about a record with this key, of whatever type.
  [[nodiscard]] bool names(std::int64_t key) const { return named_.contains(key); }

  /// Of the keys that the page named, or that were kept, these were in the database: the account has some of
  /// them still, the others are gone.
  void answered(std::size_t type, const std::vector<std::int64_t>& present,
                const std::vector<std::int64_t>& gone);

  /// Once all is answered: records that are gone and may teach what their type is called, by type, if no
  /// other type has a record of the same key.
  [[nodiscard]] std::vector<type_keys> lessons() const;

  /// These keys of the lessons for a type other types have too, by type.
  void explained(const std::string& record_type, const std::vector<type_keys>& elsewhere);

  /// Nothing more is known of the lessons. `found` is whole from then on.
  void conclude();

  /// What is new, without the way.
  [[nodiscard]] const deletion_log& found() const noexcept { return found_; }

private:
  using named_as = std::pair<std::string, std::string>; ///< a record type and a kind

  [[nodiscard]] std::pair<std::string, bool> lesson_of(const record_type& type, std::int64_t key) const;

  std::vector<const record_type*> asked_;
  deletion_names names_;
  std::vector<deletion_log::name> known_;
  std::set<std::pair<std::string, std::string>> settled_; ///< record type and entry
  std::set<std::int64_t> named_;
  std::set<std::int64_t> kept_;
  std::multimap<std::int64_t, deletion_entry> page_;   ///< the present page, and what was kept
  std::map<named_as, std::set<std::int64_t>> lessons_; ///< the keys of the records that teach it
  std::set<named_as> certain_;                         ///< is learned, whatever else has these keys
  std::set<named_as> gone_as_;  ///< of which a record is gone, whatever else explains it
  std::set<named_as> there_as_; ///< of which a record is there
  std::set<std::pair<std::string, std::int64_t>> there_; ///< records by type and key
  deletion_log found_;
};

/// That so many records of a type that the log names may be deleted or hidden, so that they stay.
import_note note_on_doubt(const std::string& record_type, std::uint64_t count, unix_ms now);

/// That so many parents may have lost all their rows of a set, or that these are hidden, so that they stay.
import_note note_on_hidden_rows(const std::string& set, std::uint64_t count, unix_ms now);

/// That it could not be asked what has left the type.
import_note note_on_unread_departures(const std::string& record_type, const failure& why, unix_ms now);

/// What people should know of the reading: names that the criteria do not give, and a way that is not the
/// usual one.
std::vector<import_note> notes_on(const deletion_log& found, const log_way& way, unix_ms now);

} // namespace tidemark
