#include "tools/netsuite_sim/knobs.hpp"

#include "tools/netsuite_sim/error_bodies.hpp"

#include <array>

namespace tidemark::netsuite_sim {

namespace {

constexpr auto all_knobs = [] {
  using enum knob_reach;
  return std::array{
      // -- concurrency
      // -------------------------------------------------------------------------------------------
      knob{"concurrency_limit", &knobs::concurrency_limit, "requests",
           "account's limit; more are refused with 429"},
      knob{"integration_limit", &knobs::integration_limit, "requests",
           "limit of this integration alone; 0: none"},
      knob{"soft_excess_probability", &knobs::soft_excess_probability, "0..1",
           "chance that a request over the limit passes all the same", request, 0, 1},
      knob{"background_load", &knobs::background_load, "requests",
           "slots that other integrations hold all the time"},
      knob{"background_burst", &knobs::background_burst, "requests",
           "slots that they hold in bursts, on top"},
      knob{"background_on_ms", &knobs::background_on_ms, "ms", "length of a burst; 0: no bursts"},
      knob{"background_off_ms", &knobs::background_off_ms, "ms", "pause between bursts"},
      knob{"refusal_as_401_percent", &knobs::refusal_as_401_percent, "%",
           "share of the refusals that come as 401 INVALID_LOGIN", request, 0, 100},
      knob{"retry_after_s", &knobs::retry_after_s, "s", "Retry-After on 429; -1: no such header", request,
           -1},
      knob{"abort_linger_ms", &knobs::abort_linger_ms, "ms",
           "how long a request counts on after its client has closed the connection"},
      knob{"count_token_requests", &knobs::count_token_requests, "", "token requests take a slot too"},
      // -- time taken
      // --------------------------------------------------------------------------------------------
      knob{"latency_ms", &knobs::latency_ms, "ms",
           "time from a full request to the first byte of its answer"},
      knob{"latency_jitter_ms", &knobs::latency_jitter_ms, "ms", "up to so much more, evenly distributed"},
      knob{"latency_per_row_us", &knobs::latency_per_row_us, "us", "more for each row of the answer"},
      knob{"slow_first_byte_probability", &knobs::slow_first_byte_probability, "0..1",
           "chance of a slow first byte", request, 0, 1},
      knob{"slow_first_byte_ms", &knobs::slow_first_byte_ms, "ms", "what a slow first byte takes on top"},
      knob{"trickle_probability", &knobs::trickle_probability, "0..1", "chance of a slow body", request, 0,
           1},
      knob{"trickle_bytes_per_s", &knobs::trickle_bytes_per_s, "bytes/s", "speed of a slow body", request, 1},
      knob{"keep_alive_ms", &knobs::keep_alive_ms, "ms", "idle connections are closed after this; 0: never"},
      knob{"gzip", &knobs::gzip, "", "compress answers for clients that accept it"},
      knob{"gzip_level", &knobs::gzip_level, "1..9", "zlib level", request, 1, 9},
      knob{"cache_mb", &knobs::cache_mb, "MiB", "bound of the cache of rendered answers; 0: off"},
      // -- faults
      // ------------------------------------------------------------------------------------------------
      knob{"fault_500_probability", &knobs::fault_500_probability, "0..1", "chance of a 500", request, 0, 1},
      knob{"fault_502_probability", &knobs::fault_502_probability, "0..1", "chance of a 502", request, 0, 1},
      knob{"fault_503_probability", &knobs::fault_503_probability, "0..1", "chance of a 503", request, 0, 1},
      knob{"fault_reset_probability", &knobs::fault_reset_probability, "0..1", "chance of a reset connection",
           request, 0, 1},
      knob{"fault_truncate_probability", &knobs::fault_truncate_probability, "0..1",
           "chance that the body ends half-way", request, 0, 1},
      knob{"fault_hang_probability", &knobs::fault_hang_probability, "0..1",
           "chance of no answer until the client gives up", request, 0, 1},
      knob{"fault_answer_probability", &knobs::fault_answer_probability, "0..1",
           "chance of the answer fault_answer", request, 0, 1},
      knob{"fault_answer", &knobs::fault_answer, "", "which of NetSuite's answers that is", request, 0, 0,
           named_answers},
      knob{"fault_body", &knobs::fault_body, "", "form of 500, 502, 503", request, 0, 0,
           "json|html|empty|mixed"},
      knob{"fault_table", &knobs::fault_table, "", "only queries of this table are hit; empty: all requests"},
      knob{"fault_first_requests", &knobs::fault_first_requests, "requests",
           "so many requests more are hit, then none; 0: no such bound"},
      knob{"maintenance", &knobs::maintenance, "", "everything answers 503 with the maintenance text"},
      knob{"maintenance_ms", &knobs::maintenance_ms, "ms", "the same for so long from the moment it is set"},
      // -- authentication
      // ----------------------------------------------------------------------------------------
      knob{"auth", &knobs::auth, "", "accepted kinds of authentication", request, 0, 0,
           "both|tba|oauth2|none"},
      knob{"account", &knobs::account, "", "account id: the realm, and part of the host names"},
      knob{"public_url", &knobs::public_url, "",
           "URL that clients sign, if not http://{Host}; no slash at the end"},
      knob{"tba_consumer_key", &knobs::tba_consumer_key, "", "token-based authentication: consumer key"},
      knob{"tba_consumer_secret", &knobs::tba_consumer_secret, "",
           "token-based authentication: consumer secret"},
      knob{"tba_token", &knobs::tba_token, "", "token-based authentication: token id"},
      knob{"tba_token_secret", &knobs::tba_token_secret, "", "token-based authentication: token secret"},
      knob{"clock_skew_s", &knobs::clock_skew_s, "s",
           "server clock minus true time; shows in Date and serverTime", request, -1e9, 1e9},
      knob{"tba_window_s", &knobs::tba_window_s, "s",
           "how far a signature's time may be from the server clock"},
      knob{"lock_after_failures", &knobs::lock_after_failures, "failures",
           "failed logins in a row that lock the user; 0: never"},
      knob{"lock_ms", &knobs::lock_ms, "ms", "length of that lock"},
      knob{"oauth2_client_id", &knobs::oauth2_client_id, "", "issuer of client assertions"},
      knob{"oauth2_certificate_id", &knobs::oauth2_certificate_id, "", "kid of client assertions"},
      knob{"oauth2_public_key", &knobs::oauth2_public_key, "",
           "PEM public key or certificate, or the path of a file with it"},
      knob{"oauth2_expires_in_s", &knobs::oauth2_expires_in_s, "s", "life of an access token"},
      knob{"oauth2_token_error", &knobs::oauth2_token_error, "",
           "error that the token endpoint gives to every request; empty: none", request, 0, 0,
           "|invalid_request|invalid_client|invalid_grant|unauthorized_client|unsupported_grant_type|invalid_"
           "scope"},
      knob{"governance", &knobs::governance, "", "answer of governanceLimits", request, 0, 0,
           "forbidden|account|integration"},
      knob{"server_time", &knobs::server_time, "", "answer of serverTime", request, 0, 0,
           "works|not_found|bad_request|error|redirect"},
      knob{"language", &knobs::language, "",
           "the company's language: a request that asks for another is refused; empty: any will do"},
      knob{"language_needed", &knobs::language_needed, "", "and so is one that asks for none"},
      // -- SuiteQL
      // -----------------------------------------------------------------------------------------------
      knob{"require_prefer", &knobs::require_prefer, "", "a query without Prefer: transient is refused"},
      knob{"window_functions", &knobs::window_functions, "", "OVER (...) is supported", schema},
      knob{"builtin_df", &knobs::builtin_df, "",
           "what becomes of BUILTIN.DF: \"Invalid or unsupported search\", or its name taken for a column's",
           schema, 0, 0, "works|unsupported|unknown"},
      knob{"empty_above_100_columns", &knobs::empty_above_100_columns, "",
           "a query of more than 100 columns gives no rows", schema},
      knob{"row_cap", &knobs::row_cap, "rows", "rows that paging reaches", request, 1000},
      knob{"beyond_cap", &knobs::beyond_cap, "", "answer to a page beyond row_cap", request, 0, 0,
           "empty|not_found|error"},
      knob{"beyond_data", &knobs::beyond_data, "", "answer to an offset beyond the last row", request, 0, 0,
           "empty|not_found"},
      knob{"unstable_order", &knobs::unstable_order, "",
           "without ORDER BY, later pages repeat some rows and miss others"},
      knob{"order_needs_way", &knobs::order_needs_way, "",
           "an ORDER BY that says neither ASC nor DESC gives no rows", schema},
      knob{"has_more_told", &knobs::has_more_told, "",
           "hasMore is true where more rows follow; else it is false", schema},
      knob{"tables_off", &knobs::tables_off, "", "tables that the role cannot see", schema},
      knob{"visible_percent", &knobs::visible_percent, "%",
           "share of the records that the role sees, always the same ones; lines go with their transaction",
           data, 0, 100},
      knob{"visible_table", &knobs::visible_table, "", "only records of this table are hidden; empty: of all",
           data},
      knob{"columns_off", &knobs::columns_off, "", "table.column that this account lacks", schema},
      knob{"columns_unusable", &knobs::columns_unusable, "", "table.column refused with \"Field 'x'\"",
           schema},
      knob{"columns_refused", &knobs::columns_refused, "",
           "table.column refused with \"Invalid or unsupported search\", naming nothing", schema},
      knob{"columns_broken", &knobs::columns_broken, "", "table.column that always gives 500", schema},
      knob{"columns_unzoned", &knobs::columns_unzoned, "",
           "table.column that is a plain DATE: SYS_EXTRACT_UTC and the like refuse it", schema},
      knob{"records_broken", &knobs::records_broken, "", "table.id that gives 500 for each page it is on",
           schema},
      knob{"one_world", &knobs::one_world, "", "feature: subsidiaries", schema},
      knob{"multi_currency", &knobs::multi_currency, "", "feature: currencies", schema},
      knob{"departments", &knobs::departments, "", "feature: departments", schema},
      knob{"classes", &knobs::classes, "", "feature: classes", schema},
      knob{"locations", &knobs::locations, "", "feature: locations", schema},
      knob{"projects", &knobs::projects, "", "feature: jobs and project tasks", schema},
      knob{"time_zone", &knobs::time_zone, "", "account's zone", schema},
      knob{"date_format", &knobs::date_format, "", "user's format for raw dates", schema, 0, 0,
           "M/D/YYYY|MM/DD/YYYY|DD/MM/YYYY|D/M/YYYY|DD.MM.YYYY|YYYY-MM-DD|DD-Mon-YYYY"},
      // -- data
      // --------------------------------------------------------------------------------------------------
      knob{"id_gaps", &knobs::id_gaps, "", "ids have gaps", data},
      knob{"negative_ids", &knobs::negative_ids, "", "some tables begin below zero", data},
      knob{"dangling_references", &knobs::dangling_references, "", "some references point to no row", data},
      knob{"self_reference_cycles", &knobs::self_reference_cycles, "", "two rows are each other's parent",
           data},
      knob{"odd_decimals", &knobs::odd_decimals, "", "decimals without their leading zero: .5, -.25", data},
      knob{"columns_as_text", &knobs::columns_as_text, "",
           "table.column that holds words, whatever it should hold", data},
      knob{"columns_as_text_percent", &knobs::columns_as_text_percent, "%",
           "share of their values that are words", data, 0, 100},
      knob{"lines_per_transaction", &knobs::lines_per_transaction, "lines", "average", data, 2, 500},
      knob{"deleted_type_ids", &knobs::deleted_type_ids, "",
           "table=number: the recordtypeid that its deletions are logged under from then on", data},
      knob{
          "deleted_type", &knobs::deleted_type, "",
          "what deletedrecord.type holds: the table's name, one for people (\"Sales Order\"), a script id or "
          "nothing",
          data, 0, 0, "table|name|script_id|none"},
      knob{"mutations_per_s", &knobs::mutations_per_s, "rows/s",
           "random rows touched, inserted and deleted all the time", request, 0, 1e6},
      knob{"mutation_table", &knobs::mutation_table, "", "the table they are in"},
  };
}();

} // namespace

std::span<const knob> knob_table() { return all_knobs; }

} // namespace tidemark::netsuite_sim
