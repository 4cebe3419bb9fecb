/// A `failure` on its way through CAF: its code as a CAF error category, its sentence and subject as the
/// context.
#pragma once

#include <caf/all.hpp>

#include "messages/error.hpp"

CAF_ERROR_CODE_ENUM(tidemark::ec, "tidemark")

namespace tidemark {

caf::error to_caf_error(const failure& what);

/// What a CAF error says: our own failures come back as they were sent; CAF's become `internal` (or
/// `transport` where a peer was lost), with a sentence for people.
failure to_failure(const caf::error& what);

/// The value, or the failure as CAF carries it: the last line of a handler.
template <class T>
caf::result<T> to_result(outcome<T> x) {
  if (x) return std::move(*x);
  return to_caf_error(x.error());
}

} // namespace tidemark
