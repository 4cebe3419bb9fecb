/// Who waits for an answer of an import that it cannot give yet.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "messages/caf_error.hpp"
#include "messages/inside/common.hpp"
#include "messages/promise.hpp"
#include "messages/wire/imports.hpp"

namespace tidemark {

struct import_waiters {
  template <class Answer>
  using promises = std::vector<answer_promise<Answer>>;

  promises<import_status> status; ///< until the ledger has been read
  promises<done> halt;            ///< until nothing is open any more
  promises<cancel_receipt> cancel;

  /// Answers all of one kind, with a value or with an error.
  template <class Answer, class With>
  static void answer(promises<Answer>& waiting, const With& with) {
    for (auto& promise : std::exchange(waiting, {})) promise.deliver(with);
  }

  /// Nobody waits for an import that is about to die: whoever asked looks into the ledger.
  void fail(const caf::error& reason) {
    answer(status, reason);
    answer(halt, reason);
    answer(cancel, reason);
  }

  /// The import is at rest, or over, without having been cancelled by those who still wait for that.
  void ended(const std::string& import_id) {
    answer(halt, done{});
    answer(cancel, to_caf_error({ec::conflict, "the import ended before it could be cancelled", import_id}));
  }
};

} // namespace tidemark
