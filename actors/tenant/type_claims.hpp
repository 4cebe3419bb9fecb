/// Pure core of a tenant: which import runs which record type.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/ledger.hpp"

namespace tidemark {

/// An import that wants a record type, and what it wants of it.
struct claimant {
  claimant(const char* id) : import_id(id) {}
  claimant(std::string id, import_mode how = import_mode::full, import_options with = {},
           std::string described = {})
      : import_id(std::move(id)), mode(how), options(with), description(std::move(described)) {}

  std::string import_id;
  import_mode mode = import_mode::full;
  import_options options;
  std::string description; ///< of the record type, as it would be read; empty: as anybody reads it
};

/// A record type of a tenant is run by one import at a time; otherwise a late page of one could overwrite a
/// newer one of the other. Whoever comes second waits, and takes a good result as its own if that has all it
/// wants: what a full import brought does for everybody, what an incremental one brought only for another one
/// that asks for no more; and only if it was read alike.
///
/// An import may hold a type until others of its types have ended. So it claims all of them at one moment:
/// then everybody waits for older claims alone, and no two imports wait for each other.
class type_claims {
public:
  struct decision {
    enum class how : std::uint8_t { granted, waiting, taken };
    how decided = how::granted;
    std::string import_id; ///< whom it is told to
    std::string other;     ///< who runs it, or ran it
    type_row result;       ///< of `other`, if taken
  };

  decision claim(const std::string& record_type, const claimant& who);

  /// The holder's run of the type has ended in a final state. Returns what the waiting ones are told.
  std::vector<decision> end(const type_row& row, const std::string& import_id);

  /// The import has ended or paused: it holds nothing and waits for nothing any more. What the next ones are
  /// told, by record type.
  std::vector<std::pair<std::string, decision>> leave(const std::string& import_id);

private:
  struct claim_state {
    claimant holder;
    std::deque<claimant> waiting;
  };

  static bool serves(const claimant& holder, const type_row& result, const claimant& who);
  std::optional<decision> pass_on(claim_state& claim);

  std::map<std::string, claim_state> claims_;
};

} // namespace tidemark
