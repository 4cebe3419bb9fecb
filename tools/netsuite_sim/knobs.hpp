/// Everything about the simulated account that can be set, at start or while it runs. One table
/// (`knob_table`) describes every knob; the command line, `/admin/knobs`, `--list-knobs` and the README are
/// all made from it or checked against it.
#pragma once

#include "messages/error.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark::netsuite_sim {

/// The values. See `knob_table` for units and meanings.
struct knobs {
  // -- concurrency
  std::int64_t concurrency_limit = 5;
  std::int64_t integration_limit = 0;
  double soft_excess_probability = 0;
  std::int64_t background_load = 0;
  std::int64_t background_burst = 0;
  std::int64_t background_on_ms = 0;
  std::int64_t background_off_ms = 0;
  double refusal_as_401_percent = 0;
  std::int64_t retry_after_s = -1;
  std::int64_t abort_linger_ms = 0;
  bool count_token_requests = false;
  // -- time taken
  std::int64_t latency_ms = 0;
  std::int64_t latency_jitter_ms = 0;
  double latency_per_row_us = 0;
  double slow_first_byte_probability = 0;
  std::int64_t slow_first_byte_ms = 5000;
  double trickle_probability = 0;
  std::int64_t trickle_bytes_per_s = 20000;
  std::int64_t keep_alive_ms = 60000;
  bool gzip = true;
  std::int64_t gzip_level = 1;
  std::int64_t cache_mb = 256;
  // -- faults
  double fault_500_probability = 0;
  double fault_502_probability = 0;
  double fault_503_probability = 0;
  double fault_reset_probability = 0;
  double fault_truncate_probability = 0;
  double fault_hang_probability = 0;
  double fault_answer_probability = 0;
  std::string fault_answer = "unexpected_error";
  std::string fault_body = "json";
  std::string fault_table;
  std::string refusal_encoding = "none";
  std::int64_t fault_first_requests = 0;
  bool maintenance = false;
  std::int64_t maintenance_ms = 0;
  // -- authentication
  std::string auth = "both";
  std::string account = "1234567_SB1";
  std::string public_url;
  std::string tba_consumer_key = "made-up-consumer-key";
  std::string tba_consumer_secret = "made-up-consumer-secret";
  std::string tba_token = "made-up-token";
  std::string tba_token_secret = "made-up-token-secret";
  std::int64_t clock_skew_s = 0;
  bool date_told = true;
  std::int64_t first_date_skew_s = 0;
  std::int64_t tba_window_s = 300;
  std::int64_t lock_after_failures = 5;
  std::int64_t lock_ms = 1800000;
  std::string oauth2_client_id = "made-up-client-id";
  std::string oauth2_certificate_id = "made-up-certificate-id";
  std::string oauth2_public_key;
  std::int64_t oauth2_expires_in_s = 3600;
  std::string oauth2_token_error;
  std::string governance = "forbidden";
  std::string server_time = "works";
  std::string catalogue = "works";
  bool catalogue_targets = false;
  std::string language;
  bool language_needed = false;
  // -- SuiteQL
  bool require_prefer = true;
  bool window_functions = true;
  std::int64_t most_numberings = 0;
  bool case_expressions = true;
  std::string builtin_df = "works";
  std::vector<std::string> functions_off;
  bool length_in_bytes = false;
  std::string decimals_as = "point";
  bool empty_above_100_columns = false;
  std::int64_t row_cap = 100000;
  std::string beyond_cap = "empty";
  std::string beyond_data = "empty";
  bool unstable_order = true;
  bool order_needs_way = false;
  bool has_more_told = true;
  std::int64_t most_rows = 0;
  std::int64_t stray_empty_pages = 0;
  std::string stray_empty_table;
  bool floating_numbers = false;
  std::vector<std::string> tables_off;
  double visible_percent = 100;
  std::string visible_table;
  std::vector<std::string> columns_off;
  std::vector<std::string> columns_unusable;
  std::vector<std::string> columns_refused;
  std::vector<std::string> columns_broken;
  std::vector<std::string> columns_unzoned;
  std::vector<std::string> records_broken;
  bool one_world = true;
  bool multi_currency = true;
  bool departments = true;
  bool classes = true;
  bool locations = true;
  bool projects = true;
  std::string time_zone = "America/Los_Angeles";
  std::string date_format = "M/D/YYYY";
  // -- data
  bool id_gaps = true;
  bool negative_ids = true;
  bool dangling_references = true;
  bool self_reference_cycles = true;
  bool odd_decimals = false;
  std::vector<std::string> columns_as_text;
  double columns_as_text_percent = 100;
  std::vector<std::string> columns_null;
  double columns_null_percent = 100;
  std::int64_t lines_per_transaction = 5;
  std::vector<std::string> deleted_type_ids;
  std::string deleted_type = "table";
  double mutations_per_s = 0;
  std::string mutation_table = "customer";
};

using knob_member = std::variant<bool knobs::*, std::int64_t knobs::*, double knobs::*, std::string knobs::*,
                                 std::vector<std::string> knobs::*>;

/// The part of the simulator that must take notice of a change.
enum class knob_reach : std::uint8_t {
  /// Read anew at each request.
  request,
  /// Changes which tables and columns exist, or how they read: the SQL engine is set up again.
  schema,
  /// Changes generated values or ids.
  data,
};

struct knob {
  std::string_view name;
  knob_member member;
  /// "ms", "requests"...; empty for names and switches.
  std::string_view unit;
  std::string_view meaning;
  knob_reach reach = knob_reach::request;
  double min = 0;
  double max = 1e15;
  /// For texts: the words allowed, separated by '|'; empty for any.
  std::string_view choices = {};
};

/// Every knob, grouped by theme.
std::span<const knob> knob_table();

/// Sets one knob from a JSON value of its type. Refuses unknown names, wrong types, values out of range.
outcome<void> set_knob(knobs& target, std::string_view name, const nlohmann::json& value);

/// Sets one knob from "name=value"; lists are separated by commas.
outcome<void> set_knob_text(knobs& target, std::string_view assignment);

/// Sets every member of a JSON object, or nothing at all if one of them is refused.
outcome<void> merge_knobs(knobs& target, const nlohmann::json& object);

/// All knobs as a JSON object.
nlohmann::json to_json(const knobs& from);

/// The furthest reach among the knobs that differ.
knob_reach reach_of_change(const knobs& before, const knobs& after);

/// The knob table as Markdown, as it stands in the README.
std::string knob_markdown();

} // namespace tidemark::netsuite_sim
