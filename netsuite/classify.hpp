/// What an answer of NetSuite means: the one place that knows its error codes and texts.
#pragma once

#include "messages/error.hpp"
#include "messages/http.hpp"

namespace tidemark {

/// Nothing wrong, or the failure that the answer stands for: by transport result, then by status, error code
/// and detail text; the body may be JSON, HTML or empty, and packed only if it looks like data. The subject
/// is the column or table where one is named. The message holds NetSuite's own text, bounded. A body that
/// claims to be fine is not looked into further than its first byte.
outcome<void> classify(const http_response& response);

/// A success whose body begins as JSON does. It may be packed still.
bool looks_like_data(const http_response& response);

/// True if the same request may well succeed later.
bool is_transient(ec code) noexcept;

} // namespace tidemark
