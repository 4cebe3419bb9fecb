/// reader: what people ask of tenants' ledgers, read on connections beside the writers. One per node.
#pragma once

#include <string>
#include <vector>

#include "messages/caf_compat.hpp"
#include "messages/inside/store.hpp"
#include "messages/ledger.hpp"
#include "messages/wire/batches.hpp"
#include "messages/wire/errors.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

/// A question about one tenant's ledger.
template <class Question>
struct ask_ledger {
  std::string url; ///< of the tenant's database, as `open_ledger_reader` takes it
  Question what;
  std::optional<ownership> known = {}; ///< as whom its writer knows it; another file in its place is refused
};

struct import_summaries {
  std::vector<import_summary> imports; ///< newest first
  import_place next;                   ///< where another page goes on
};

/// Each answer is read from one state of the database and says what was committed when it was read. It may be
/// an error of the store category; a missing database is one, and is not made.
using reader_actor =
    caf::typed_actor<sig<ledger_snapshot, ask_ledger<query_import>>,
                     sig<import_summaries, ask_ledger<list_imports>>,
                     sig<batch_list, ask_ledger<list_batches>>, sig<rejected_list, ask_ledger<list_rejected>>,
                     /// Without the tenant's name, which the ledger does not know.
                     sig<error_report, ask_ledger<query_errors>>>;

} // namespace tidemark

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ask_ledger<tidemark::query_import>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ask_ledger<tidemark::list_imports>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ask_ledger<tidemark::list_batches>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ask_ledger<tidemark::list_rejected>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::ask_ledger<tidemark::query_errors>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tidemark::import_summaries)
