/// The project's error enum and the value that carries an error together with its sentence.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tidemark {

/// Every way in which tidemark says no. The numbers go over the wire: append, never renumber.
enum class ec : std::uint8_t {
  none = 0,
  /// A file cannot be read, or is not what it should be (configuration, criteria, key files).
  bad_config = 1,
  /// A command names something that the node does not know, or has a malformed argument.
  bad_request = 2,
  unknown_tenant = 3,
  unknown_record_type = 4,
  unknown_import = 5,
  /// The import that was asked for exists in another mode, or is in a state that forbids the command.
  conflict = 6,
  /// The peer speaks another protocol version.
  version_mismatch = 7,
  /// The node is stopping and takes no new work.
  stopping = 8,
  /// The dependency graph has a cycle.
  dependency_cycle = 9,
  /// The tenant is suspended: nothing of it goes to NetSuite until it is resumed.
  suspended = 10,

  // -- answers of NetSuite (contract section 3)
  // --------------------------------------------------------------
  /// Over the account's concurrency limit: wait, never an attempt.
  refused = 20,
  /// The credentials were not accepted.
  authentication = 21,
  /// The role may not read this.
  permission = 22,
  /// A column that this account lacks; the failure's subject names it.
  unknown_column = 23,
  /// A table that this account lacks or the role cannot see; the failure's subject names it.
  missing_table = 24,
  /// The request itself is wrong: it fails the same way every time.
  rejected = 25,
  /// NetSuite failed on its side (5xx) or answered something that is not a page.
  server = 26,
  /// The account is down for maintenance.
  maintenance = 27,
  /// The account refuses this kind of query (window functions), although others work.
  unsupported_query = 28,
  /// The account takes another language than the one that was asked in; the failure's subject is what it
  /// takes, if it says so.
  wrong_language = 29,

  // -- transport
  // ---------------------------------------------------------------------------------------------
  /// No answer within the time-out.
  timeout = 40,
  /// The connection could not be made, broke, or the body ended early.
  transport = 41,
  /// The body is larger than the configured bound.
  body_too_large = 42,
  /// The transfer was cancelled by us.
  cancelled = 43,
  /// A kept connection broke before any byte of an answer: ask again on a new one, signed anew. No failure.
  connection_lost = 44,

  // -- store
  // -------------------------------------------------------------------------------------------------
  /// The database cannot be written now (locked, disk full, read-only).
  store_unavailable = 60,
  /// The database is damaged, foreign, or of a newer version.
  store_defect = 61,
  /// Another owner raised the fence: this writer must stop.
  fenced = 62,
  /// The import no longer accepts this write (cancelled, or the batch was picked up again since).
  stale = 63,

  /// A defect of tidemark itself.
  internal = 90,
};

/// The stable snake_case name of a code, as it stands in logs, JSON and the ledger.
std::string_view to_string(ec code) noexcept;

/// The reverse of `to_string`; nothing for an unknown name.
std::optional<ec> error_code_from_string(std::string_view name) noexcept;

/// An error with its context. `message` is a lower-case sentence for people that names the thing and, where
/// there is one, the remedy; it never holds a secret. `subject` is the column, table, file or id it is about.
struct failure {
  ec code = ec::none;
  std::string message;
  std::string subject = {};
  /// NetSuite's error code, or the HTTP status where it named none; of a database, one of `store_words`.
  std::string native_code = {};

  friend bool operator==(const failure&, const failure&) = default;
};

/// A value, or the failure that stands in its way.
template <class T>
using outcome = std::expected<T, failure>;

/// Shorthand for returning a failure from a function that returns `outcome<T>`.
[[nodiscard]] inline std::unexpected<failure> fail(ec code, std::string message, std::string subject = {}) {
  return std::unexpected(failure{code, std::move(message), std::move(subject)});
}

/// "authentication: invalid login attempt".
std::string render(const failure& what);

} // namespace tidemark
