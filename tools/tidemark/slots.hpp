/// The slots of an account in a few words.
#pragma once

#include "messages/wire/slots.hpp"
#include "tools/tidemark/line.hpp"

#include <string>
#include <vector>

namespace tidemark::cli {

/// The pool of the tenant's account: where its login was used, or the only one. Null if it is not known.
const pool_status* pool_of(const std::vector<pool_status>& pools, const std::string& tenant);

/// "slots 8 of 10, 3 waiting", or why the account gives none.
span slots_words(const pool_status& pool);

/// The same over all accounts; empty text if there are none.
span slots_words(const std::vector<pool_status>& pools);

} // namespace tidemark::cli
