/// Pure core of a tenant: which import runs which record type.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/ledger.hpp"

namespace tidemark {

/// A record type of a tenant is run by one import at a time; otherwise a late page of one could overwrite a
/// newer one of the other. Whoever comes second waits, and takes a good result as its own.
class type_claims {
public:
  struct decision {
    enum class how : std::uint8_t { granted, waiting, taken };
    how decided = how::granted;
    std::string import_id; ///< whom it is told to
    std::string other;     ///< who runs it, or ran it
    type_row result;       ///< of `other`, if taken
  };

  decision claim(const std::string& record_type, const std::string& import_id);

  /// The holder's run of the type has ended in a final state. Returns what the waiting ones are told.
  std::vector<decision> end(const type_row& row, const std::string& import_id);

  /// The import has ended or paused: it holds nothing and waits for nothing any more. What the next ones are
  /// told, by record type.
  std::vector<std::pair<std::string, decision>> leave(const std::string& import_id);

private:
  struct claim_state {
    std::string holder;
    std::deque<std::string> waiting;
  };

  std::optional<decision> pass_on(claim_state& claim);

  std::map<std::string, claim_state> claims_;
};

} // namespace tidemark
