/// The node's configuration file (TOML): what it may hold, the defaults, and how it is read.
#pragma once

#include "config/alerts_config.hpp"
#include "config/feature_flags.hpp"
#include "config/secret.hpp"
#include "messages/error.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark {

// -- [http]
// ----------------------------------------------------------------------------------------------------

struct http_config {
  /// Time to reach NetSuite, in seconds. Too short fails on slow networks; too long delays noticing an
  /// outage.
  std::chrono::seconds connect_timeout{10};
  /// Time for a whole answer, in seconds. Too short fails large pages again and again; too long holds a dead
  /// slot.
  std::chrono::seconds total_timeout{300};
  /// The largest accepted answer, in bytes (`max_body_mb`). An answer above it is refused and its range is
  /// split.
  std::uint64_t max_body = 64ULL << 20;
  /// A PEM file of trusted authorities, absolute; without it those of the system. For a proxy or a simulator.
  std::optional<std::filesystem::path> ca_file;
  /// A proxy's URL; without it none is used, whatever the environment says.
  std::string proxy;

  friend bool operator==(const http_config&, const http_config&) = default;
};

// -- [log]
// -----------------------------------------------------------------------------------------------------

enum class log_level : std::uint8_t { trace, debug, info, warning, error, off };
enum class log_format : std::uint8_t { text, json };

std::string_view to_string(log_level level) noexcept;
std::optional<log_level> log_level_from_string(std::string_view name) noexcept;

struct log_config {
  /// Entries below this level are dropped, unless `components` says otherwise.
  log_level level = log_level::info;
  /// One line of text for people, or one JSON object per line for machines.
  log_format format = log_format::text;
  /// The log file, absolute; without it entries go to standard error.
  std::optional<std::filesystem::path> file;
  /// A file is rotated at this size, in bytes (`max_size_mb`).
  std::uint64_t max_size = 64ULL << 20;
  /// How many rotated files are kept; older ones are deleted.
  std::uint32_t max_files = 5;
  /// A level of its own for single components, as in `{ pool = "debug" }`.
  std::map<std::string, log_level> components;

  friend bool operator==(const log_config&, const log_config&) = default;
};

// -- [[tenants]]
// -----------------------------------------------------------------------------------------------

/// Requests are not signed. Only for a simulator on this machine.
struct no_auth {
  friend bool operator==(const no_auth&, const no_auth&) = default;
};

/// Token-based authentication: OAuth 1.0a with HMAC-SHA256.
struct tba_auth {
  secret consumer_key;
  secret consumer_secret;
  secret token;
  secret token_secret;

  friend bool operator==(const tba_auth&, const tba_auth&) = default;
};

/// Those that NetSuite takes (Oracle, section_162790605110).
enum class signing_algorithm : std::uint8_t { ps256, ps384, ps512, es256, es384, es512 };

/// "PS256" and so on: the name in the token's header.
std::string_view to_string(signing_algorithm algorithm) noexcept;

/// OAuth 2.0 client credentials, machine to machine, with a certificate.
struct oauth2_auth {
  std::string client_id;
  std::string certificate_id;
  /// The private key's PEM text.
  secret private_key;
  signing_algorithm algorithm = signing_algorithm::ps256;

  friend bool operator==(const oauth2_auth&, const oauth2_auth&) = default;
};

using auth_config = std::variant<no_auth, tba_auth, oauth2_auth>;

enum class database_kind : std::uint8_t { sqlite };

struct database_config {
  database_kind kind = database_kind::sqlite;
  /// For SQLite the absolute path of the file.
  std::string location;

  friend bool operator==(const database_config&, const database_config&) = default;
};

/// How ranges of keys are found: by one boundary query with a keyset walk where the account refuses it
/// (`automatic`, written "auto"), or always one of the two.
enum class planning_mode : std::uint8_t { automatic, boundaries, walk };

/// What becomes of a record that the account has deleted.
enum class deletes_mode : std::uint8_t { mark, remove };

struct tenant_config {
  /// The tenant's name in commands, imports and logs: 1 to 64 of A-Z a-z 0-9 _ -
  std::string id;
  /// The NetSuite account in the form of `account_realm`.
  std::string account;
  /// Scheme, host and optional port and path, without a slash at the end; the account's own host by default.
  std::string base_url;
  /// Requests that the *account* allows at once. Too high is answered with refusals; too low wastes time.
  std::uint32_t concurrency_limit = 5;
  /// The account is asked for its limit (written `concurrency_limit = "auto"`). The number above holds until
  /// it has told, and where it does not tell.
  bool concurrency_auto = false;
  /// Of the limit, requests that are left to the customer's other integrations. One slot always stays ours.
  std::uint32_t concurrency_reserve = 0;
  database_config database;
  /// The language that requests are made in; empty: none is asked for, and the company's is used.
  std::string accept_language;
  planning_mode planning = planning_mode::automatic;
  /// How far an incremental import looks back behind its watermark, in minutes: records become visible later
  /// than they are stamped. Too short loses records; longer costs a few more rows per import. At least 15.
  std::chrono::minutes look_back{24 * 60};
  /// Deleted records are marked in `_deleted_at`, or removed.
  deletes_mode deletes = deletes_mode::mark;
  /// A criteria file that is laid over the node's for this tenant alone, absolute.
  std::optional<std::filesystem::path> criteria_overlay;
  auth_config auth;

  friend bool operator==(const tenant_config&, const tenant_config&) = default;
};

// -- the file
// --------------------------------------------------------------------------------------------------

struct node_config {
  /// The configuration file itself, absolute; relative paths in [node], [http], [log] and secrets start at
  /// its folder.
  std::filesystem::path file;
  /// The node's name in logs and in a cluster: 1 to 64 of A-Z a-z 0-9 _ -
  std::string name;
  /// The folder for databases, socket and locks, absolute. It need not exist yet.
  std::filesystem::path data_dir;
  /// The Unix-domain socket for operators, absolute; 107 bytes at most.
  std::filesystem::path control_socket;
  /// The criteria file, absolute.
  std::filesystem::path criteria_file;
  /// Memory for answers that are being fetched or decoded, in bytes (`byte_budget_mb`). It bounds the node's
  /// memory; less than a few times `http.max_body` makes batches wait for each other.
  std::uint64_t byte_budget = 256ULL << 20;
  /// Threads that run actors; 0 means one per core.
  std::uint32_t scheduler_threads = 0;
  /// Real failures after which a batch is given up. Waiting and refusals never count.
  std::uint32_t max_attempts = 5;
  /// How long a batch waits for a slot, in seconds: first, second and third time, before it goes back to its
  /// queue.
  std::array<std::chrono::seconds, 3> patience{std::chrono::seconds{5}, std::chrono::seconds{10},
                                               std::chrono::seconds{15}};
  /// How long an account may be down, in seconds, before its imports are paused. They go on by
  /// themselves when it answers.
  std::chrono::seconds outage_pause{60};
  /// How long a page should take at most, in seconds (`target_page_seconds`). Slow tables are read in smaller
  /// pages: shorter makes more requests of them, longer brings pages nearer to the time-out.
  std::chrono::seconds target_page{30};
  /// Records of one type that an import may reject before the type fails. Too low stops imports for a few bad
  /// records; too high lets one go on that gets hardly anything.
  std::uint64_t max_rejected_records = 1000;
  /// How long requests that are open may go on when the node stops or an import is paused, in seconds.
  std::chrono::seconds stop_grace{10};
  /// How long the ledger keeps the rows of an import that has ended, in days. Records, watermarks and
  /// rejected records stay.
  std::uint32_t ledger_retention_days = 90;
  /// How long the audit keeps an entry, in days. Too short forgets who changed what before anybody asks.
  std::uint32_t audit_retention_days = 400;
  http_config http;
  log_config log;
  alerts_config alerts;
  /// What decides about feature flags that have no record in the control database: the environment and
  /// [features].
  flag_defaults features;
  /// May be empty: such a node serves only its doors.
  std::vector<tenant_config> tenants;

  friend bool operator==(const node_config&, const node_config&) = default;
};

/// Looks up an environment variable; nothing if it is not set.
using environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The variables of this process.
std::optional<std::string> process_environment(const std::string& name);

/// Reads and checks a node's configuration. Every problem is reported in one `ec::bad_config`, a line each,
/// with file, line, the thing and the remedy; the text never holds a secret.
outcome<node_config> load_node_config(const std::filesystem::path& file,
                                      const environment& env = process_environment);

inline constexpr std::string_view control_file = "control.db";

/// The control database: feature flags, schedules, audit.
inline std::filesystem::path control_database(const node_config& config) {
  return config.data_dir / control_file;
}

// -- NetSuite account ids
// --------------------------------------------------------------------------------------

/// The account id as the OAuth realm wants it: upper-case with underscores, "1234567_SB1".
std::string account_realm(std::string_view account);

/// The host of the account's services: "1234567_SB1" gives "1234567-sb1.suitetalk.api.netsuite.com".
std::string account_host(std::string_view account);

} // namespace tidemark
