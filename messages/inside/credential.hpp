/// credential: one per tenant.
#pragma once

#include <cstdint>
#include <string>

#include "messages/caf_compat.hpp"
#include "messages/words.hpp"

namespace tidemark {

/// Asks for the Authorization header of one request; each try asks anew. Answered with `authorized`.
struct authorize {
  std::string method;
  std::string url;
  std::uint64_t refused_login = 0; ///< a generation that is known to be refused: not that one again
};
struct authorized {
  std::string header;           ///< a whole "Authorization: ..." line; empty where requests are not signed
  std::uint64_t generation = 0; ///< the login that it belongs to
  std::string language = {};    ///< to ask in; empty: the company's own, whichever that is
};
/// The account takes requests in this language alone; empty: it takes none that is asked for.
struct language_learned {
  std::string language;
};
/// What the answer to an authorized request said about its login and about the server's clock.
struct login_seen {
  std::uint64_t generation = 0;
  bool refused = false;
  unix_ms server_date = 0;
  unix_ms local = 0;
};
/// Signs requests of one tenant; keeps and renews its token, one renewal at a time.
using credential_actor =
    caf::typed_actor<sig<authorized, authorize>, sig<void, login_seen>, sig<void, language_learned>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::authorize)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::authorized)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::language_learned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::login_seen)
