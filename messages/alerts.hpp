/// Alerts and errors as values, as the monitor keeps them and people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/words.hpp"

namespace tidemark {

enum class alert_level : std::uint8_t {
  notice,  ///< worth knowing; nothing is wrong
  warning, ///< will cost time or records if it goes on
  error    ///< something does not work
};

std::string_view to_string(alert_level level) noexcept;

/// What an alert is about. Alerts of one id are told apart by it; the fields that do not apply are empty.
struct alert_subject {
  std::string tenant;
  std::string account;
  std::string import_id;
  std::string name; ///< a record type, a folder, a flag

  friend auto operator<=>(const alert_subject&, const alert_subject&) = default;
};

/// "import demo.1", "tenant demo, customer", "account 1234567_SB1", "node" for an empty one.
std::string to_string(const alert_subject& about);

struct alert {
  std::string id; ///< stable, snake_case: the rule; docs/operations.md has a line for each
  alert_level level = alert_level::warning;
  alert_subject about = {};
  unix_ms since = 0;       ///< when it was raised
  unix_ms cleared_at = 0;  ///< zero while it is up
  double value = 0;        ///< as last measured; finite
  double threshold = 0;    ///< that it was raised at; both are zero where nothing is measured
  std::string unit = {};   ///< of both: "%", "s", "MB" or nothing
  std::string text = {};   ///< what is wrong, for people; one line
  std::string remedy = {}; ///< what to do about it

  friend bool operator==(const alert&, const alert&) = default;
};

/// One error with its context.
struct error_entry {
  unix_ms at = 0;
  std::string tenant;
  std::string import_id;
  std::string record_type;
  std::uint64_t batch = 0; ///< zero where no batch is concerned
  std::string category;    ///< an error class (`ec`), or rejected_record, type_failed, import_failed
  std::string code;        ///< NetSuite's, or the HTTP status; empty where there is none
  std::string text;
  std::string operation_id; ///< NetSuite's id of the request, for its support

  friend bool operator==(const error_entry&, const error_entry&) = default;
};

/// How often errors of one kind came.
struct error_count {
  std::string record_type;
  std::string category;
  std::string code;
  std::uint64_t count = 0;
  unix_ms last_at = 0;

  friend bool operator==(const error_count&, const error_count&) = default;
};

/// The errors of a tenant, or of one import of it.
struct error_report {
  std::string tenant;
  std::string import_id;           ///< empty: of all its imports
  std::vector<error_count> counts; ///< most frequent first
  std::vector<error_entry> last;   ///< newest first
  std::string remark;              ///< why this is less than the ledger knows; empty as a rule
  std::string next = {};           ///< where another page of `last` goes on; empty: there are no more
};

/// How an earlier import went: what the present one is measured against.
struct past_import {
  unix_ms duration = 0; ///< from its start to its end, in milliseconds
  std::uint64_t records = 0;
};

} // namespace tidemark
