/// The states and small values that the whole project shares: one word per thing, the same in code, SQL, JSON
/// and text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

/// Milliseconds since the Unix epoch, UTC. Zero means "not yet" wherever a time is optional.
using unix_ms = std::int64_t;

enum class import_mode : std::uint8_t {
  full,        ///< every record; what did not arrive is gone
  incremental, ///< what has changed since the watermark
  verify       ///< fetches nothing but what is found to be missing or too many
};

enum class import_state : std::uint8_t {
  queued,
  planning,
  running,
  paused,
  cancelling,
  cancelled,
  completed,
  completed_with_errors,
  failed
};

/// Who or what paused an import. A pause by command ends by command; the others end with their cause, also at
/// a restart of the node.
enum class pause_cause : std::uint8_t {
  none,
  command,
  outage,      ///< the account does not answer
  credentials, ///< the account refuses the login
  database,    ///< the tenant's database cannot be written
  suspension   ///< somebody suspended the tenant
};

/// Who waits for an import: somebody at a screen, or nobody.
enum class urgency : std::uint8_t { interactive, scheduled };

/// What a slot is wanted for. Probes and logins go before work: the one tells how the account is without
/// being anybody's work, without the other nothing can be signed.
enum class slot_purpose : std::uint8_t { work, login, probe };

/// Where an account's limit comes from.
enum class limit_source : std::uint8_t {
  configured,
  governance, ///< the account told it
  fallback,   ///< the account would not tell it
  command     ///< an operator's, until the next start or reset
};

enum class type_state : std::uint8_t {
  waiting,
  planning,
  running,
  completed,
  completed_with_errors,
  failed,
  skipped,
  cancelled
};

/// What a comparison of a record type with the account came to.
enum class proof : std::uint8_t {
  none,     ///< not compared
  complete, ///< every key of the account is in the database, and no other; see `verification::method`
  differs,  ///< some ranges differ although they were imported once more, or a sample says so of others
  failed    ///< the account could not be asked
};

/// What of a column's values a comparison adds up. Of a null nothing is.
enum class sum_kind : std::uint8_t {
  numbers,
  trues,   ///< one for each true
  days,    ///< each as the number YYYYMMDD
  moments, ///< each, as it is stored, as the number YYYYMMDDHHMMSS
  lengths  ///< in characters
};

enum class batch_state : std::uint8_t { pending, running, completed, failed, split, cancelled };

std::string_view to_string(import_mode) noexcept;
std::string_view to_string(import_state) noexcept;
std::string_view to_string(pause_cause) noexcept;
std::string_view to_string(urgency) noexcept;
std::string_view to_string(limit_source) noexcept;
std::string_view to_string(type_state) noexcept;
std::string_view to_string(proof) noexcept;
std::string_view to_string(batch_state) noexcept;
std::string_view to_string(sum_kind) noexcept;

/// The reverse of `to_string`; nothing for an unknown name. Instantiated for the enums of this header.
template <class Enum>
std::optional<Enum> from_string(std::string_view name) noexcept;

/// True for the states that an import, a record type or a batch never leaves by itself.
bool is_final(import_state) noexcept;
bool is_final(type_state) noexcept;
bool is_final(batch_state) noexcept;

/// The keys `(after, up_to]` of one batch. Keys may be negative, so "from the start" is no key at all, not
/// zero. For a record type with `set_of`, these are keys of the parent.
struct key_range {
  std::optional<std::int64_t> after;
  std::int64_t up_to = 0;

  friend bool operator==(const key_range&, const key_range&) = default;
};

/// "(12, 1012]", "(start, 1012]".
std::string to_string(const key_range& range);

} // namespace tidemark
