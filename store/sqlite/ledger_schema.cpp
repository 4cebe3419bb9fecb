#include "store/sqlite/ledger_schema.hpp"

#include "config/reserved_names.hpp"

#include <algorithm>
#include <array>

namespace tidemark::sqlite {

namespace {

constexpr std::string_view version_1 = R"sql(
CREATE TABLE owner (
  only  INTEGER PRIMARY KEY CHECK (only = 1),
  fence INTEGER NOT NULL,  -- grows with every new owner; a write with an older one is refused
  name  TEXT,
  since TEXT
) STRICT;
INSERT INTO owner (only, fence) VALUES (1, 0);

CREATE TABLE imports (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,  -- what _import_id of a record means; never used twice
  id           TEXT NOT NULL UNIQUE,
  tenant       TEXT NOT NULL,
  record_type  TEXT NOT NULL,
  mode         TEXT NOT NULL,
  system       TEXT NOT NULL,
  state        TEXT NOT NULL,
  error        TEXT NOT NULL DEFAULT '',
  requested_at TEXT,
  started_at   TEXT,
  finished_at  TEXT,
  requested_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX imports_unfinished ON imports (state)
  WHERE state NOT IN ('cancelled', 'completed', 'completed_with_errors', 'failed');

CREATE TABLE cancel_receipts (
  import_number         INTEGER PRIMARY KEY REFERENCES imports (number),
  requested_by          TEXT NOT NULL,
  requested_at          TEXT,
  finished_at           TEXT,
  batches_completed     INTEGER NOT NULL,
  batches_interrupted   INTEGER NOT NULL,
  batches_never_started INTEGER NOT NULL
) STRICT;

CREATE TABLE import_types (
  import_number   INTEGER NOT NULL REFERENCES imports (number),
  name            TEXT NOT NULL,
  wave            INTEGER NOT NULL,
  state           TEXT NOT NULL,
  planned         INTEGER NOT NULL,
  estimated       INTEGER NOT NULL,
  records_planned INTEGER NOT NULL,
  taken_from      TEXT NOT NULL,
  error           TEXT NOT NULL,
  server_time     TEXT,
  started_at      TEXT,
  finished_at     TEXT,
  PRIMARY KEY (import_number, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
  import_number   INTEGER NOT NULL REFERENCES imports (number),
  number          INTEGER NOT NULL,
  record_type     TEXT NOT NULL,
  after_key       INTEGER,  -- NULL: from the start
  up_to_key       INTEGER NOT NULL,
  weight          INTEGER NOT NULL,
  state           TEXT NOT NULL DEFAULT 'pending',
  picked_up       INTEGER NOT NULL DEFAULT 0,
  completed       INTEGER NOT NULL DEFAULT 0,
  failed_attempts INTEGER NOT NULL DEFAULT 0,
  split           INTEGER NOT NULL DEFAULT 0,
  released        INTEGER NOT NULL DEFAULT 0,
  interrupted     INTEGER NOT NULL DEFAULT 0,
  refusals        INTEGER NOT NULL DEFAULT 0,
  deaths          INTEGER NOT NULL DEFAULT 0,  -- interruptions by the death of the process or the actor
  stored          INTEGER NOT NULL DEFAULT 0,
  rejected        INTEGER NOT NULL DEFAULT 0,
  error_code      TEXT NOT NULL DEFAULT '',
  error_text      TEXT NOT NULL DEFAULT '',
  operation_id    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (import_number, number),
  CHECK (after_key IS NULL OR after_key < up_to_key),
  CHECK (picked_up = completed + failed_attempts + split + released + interrupted + (state = 'running'))
) STRICT, WITHOUT ROWID;

CREATE TABLE batch_attempts (
  number        INTEGER PRIMARY KEY,
  import_number INTEGER NOT NULL REFERENCES imports (number),
  batch         INTEGER NOT NULL,
  pick_up       INTEGER NOT NULL,
  category      TEXT NOT NULL,
  code          TEXT NOT NULL,
  text          TEXT NOT NULL,
  operation_id  TEXT NOT NULL,
  at            TEXT
) STRICT;
CREATE INDEX batch_attempts_of_import ON batch_attempts (import_number);

CREATE TABLE import_notes (
  import_number INTEGER NOT NULL REFERENCES imports (number),
  code          TEXT NOT NULL,
  record_type   TEXT NOT NULL,
  subject       TEXT NOT NULL,
  text          TEXT NOT NULL,
  at            TEXT,
  PRIMARY KEY (import_number, code, record_type, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE watermarks (
  record_type TEXT PRIMARY KEY,
  server_time TEXT NOT NULL  -- everything up to here is in the database
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected_records (
  number      INTEGER PRIMARY KEY,
  record_type TEXT NOT NULL,
  key         TEXT NOT NULL,  -- parent/key if the type is a set; empty if the key was the trouble
  reason      TEXT NOT NULL,
  raw         TEXT NOT NULL,
  import_id   TEXT NOT NULL,
  batch       INTEGER NOT NULL,
  at          TEXT NOT NULL
) STRICT;
CREATE INDEX rejected_records_of_type ON rejected_records (record_type, key);

CREATE TABLE schema_notes (
  code        TEXT NOT NULL,
  record_type TEXT NOT NULL,
  subject     TEXT NOT NULL,
  text        TEXT NOT NULL,
  at          TEXT,
  PRIMARY KEY (code, record_type, subject)
) STRICT, WITHOUT ROWID;

-- The record tables that tidemark made. It touches no others.
CREATE TABLE record_tables (
  record_type   TEXT PRIMARY KEY,
  table_name    TEXT NOT NULL UNIQUE COLLATE NOCASE,
  key_column    TEXT NOT NULL,
  parent_column TEXT NOT NULL,  -- empty unless the type is a set
  made_at       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE record_columns (
  record_type TEXT NOT NULL REFERENCES record_tables (record_type),
  name        TEXT NOT NULL COLLATE NOCASE,
  type        TEXT NOT NULL,
  PRIMARY KEY (record_type, name)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view version_2 = R"sql(
ALTER TABLE owner ADD COLUMN released INTEGER NOT NULL DEFAULT 1;  -- 0 while an owner is at work, or after its crash
ALTER TABLE imports ADD COLUMN paused_by TEXT NOT NULL DEFAULT 'none';
)sql";

constexpr std::string_view version_3 = R"sql(
ALTER TABLE owner ADD COLUMN suspended_since TEXT;  -- NULL: requests may be made for this tenant
ALTER TABLE owner ADD COLUMN suspended_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE owner ADD COLUMN suspended_by_command INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN urgency TEXT NOT NULL DEFAULT 'interactive';
)sql";

constexpr std::string_view version_4 = R"sql(
ALTER TABLE imports ADD COLUMN since TEXT;
ALTER TABLE imports ADD COLUMN reconcile INTEGER NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN verify INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_types ADD COLUMN changed_since TEXT;  -- NULL: every record was asked for
ALTER TABLE import_types ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;  -- found gone outside of the batches
ALTER TABLE import_types ADD COLUMN proof TEXT NOT NULL DEFAULT 'none';
ALTER TABLE import_types ADD COLUMN proof_at TEXT;
ALTER TABLE import_types ADD COLUMN proof_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_types ADD COLUMN proof_repaired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_types ADD COLUMN proof_text TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN unchanged INTEGER NOT NULL DEFAULT 0;  -- of the stored ones
ALTER TABLE batches ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watermarks ADD COLUMN deletes_until TEXT;  -- deletions are in the database up to here; NULL: server_time
)sql";

constexpr std::string_view version_5 = R"sql(
-- Failed attempts before the batch was last retried by command.
ALTER TABLE batches ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view version_6 = R"sql(
-- The pick-up in which a batch that ran alone had its answer in hand, and how many deaths came after that.
ALTER TABLE batches ADD COLUMN arrived_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE batches ADD COLUMN blamed INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view version_7 = R"sql(
-- How the type was described when the import planned it; empty: not known.
ALTER TABLE import_types ADD COLUMN description TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::string_view version_8 = R"sql(
-- What the batches of each record type come to.
CREATE VIEW counted_batches AS
  SELECT import_number, record_type,
         count(*) FILTER (WHERE state <> 'split') AS batches_planned,
         count(*) FILTER (WHERE state = 'completed') AS batches_completed,
         count(*) FILTER (WHERE state = 'failed') AS batches_failed,
         count(*) FILTER (WHERE state = 'cancelled') AS batches_cancelled,
         count(*) FILTER (WHERE state = 'running') AS batches_running,
         count(*) FILTER (WHERE state = 'pending') AS batches_pending,
         coalesce(sum(stored) FILTER (WHERE state <> 'split'), 0) AS stored,
         coalesce(sum(rejected) FILTER (WHERE state <> 'split'), 0) AS rejected,
         coalesce(sum(unchanged) FILTER (WHERE state <> 'split'), 0) AS unchanged,
         coalesce(sum(deleted) FILTER (WHERE state <> 'split'), 0) AS deleted_in_batches,
         coalesce(sum(weight) FILTER (WHERE state <> 'split'), 0) AS weight_planned,
         coalesce(sum(weight) FILTER (WHERE state IN ('completed', 'failed')), 0) AS weight_done,
         sum(picked_up) AS picked_up, sum(completed) AS completed, sum(failed_attempts) AS failed_attempts,
         sum(split) AS split, sum(released) AS released, sum(interrupted) AS interrupted,
         sum(refusals) AS refusals
  FROM batches GROUP BY import_number, record_type;

-- The same, kept for imports that have ended: their batches do not change any more.
CREATE TABLE type_totals (
  import_number      INTEGER NOT NULL REFERENCES imports (number),
  record_type        TEXT NOT NULL,
  batches_planned    INTEGER NOT NULL,
  batches_completed  INTEGER NOT NULL,
  batches_failed     INTEGER NOT NULL,
  batches_cancelled  INTEGER NOT NULL,
  batches_running    INTEGER NOT NULL,
  batches_pending    INTEGER NOT NULL,
  stored             INTEGER NOT NULL,
  rejected           INTEGER NOT NULL,
  unchanged          INTEGER NOT NULL,
  deleted_in_batches INTEGER NOT NULL,
  weight_planned     INTEGER NOT NULL,
  weight_done        INTEGER NOT NULL,
  picked_up          INTEGER NOT NULL,
  completed          INTEGER NOT NULL,
  failed_attempts    INTEGER NOT NULL,
  split              INTEGER NOT NULL,
  released           INTEGER NOT NULL,
  interrupted        INTEGER NOT NULL,
  refusals           INTEGER NOT NULL,
  PRIMARY KEY (import_number, record_type)
) STRICT, WITHOUT ROWID;
INSERT INTO type_totals SELECT * FROM counted_batches WHERE import_number IN (SELECT number FROM imports
  WHERE state IN ('cancelled', 'completed', 'completed_with_errors', 'failed'));
)sql";

constexpr std::string_view version_9 = R"sql(
-- Grows with every transaction of an owner: a copy from before one can be told by it.
ALTER TABLE owner ADD COLUMN writes INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view version_10 = R"sql(
-- As which description (import_types.description) everything up to the watermark was read; empty: not known.
ALTER TABLE watermarks ADD COLUMN description TEXT NOT NULL DEFAULT '';
-- Tells this database from any other, but not from its copies; empty: it was never taken with this version.
ALTER TABLE owner ADD COLUMN database TEXT NOT NULL DEFAULT '';
-- Whose records these are; empty: not known.
ALTER TABLE owner ADD COLUMN account TEXT NOT NULL DEFAULT '';
-- Records that did not arrive where an import read everything: taken away at the end of their type, or held.
CREATE TABLE missing_records (
  record_type   TEXT NOT NULL,
  import_number INTEGER NOT NULL REFERENCES imports (number),
  ranged        INTEGER NOT NULL,  -- the record's key, of a set its parent's
  within        INTEGER NOT NULL,  -- of a set the record's key; else 0
  PRIMARY KEY (record_type, import_number, ranged, within)
) STRICT, WITHOUT ROWID;
ALTER TABLE import_types ADD COLUMN held INTEGER NOT NULL DEFAULT 0;  -- missing ones that nobody has accepted
ALTER TABLE import_types ADD COLUMN held_of INTEGER NOT NULL DEFAULT 0;  -- live records then
CREATE INDEX import_types_held ON import_types (name) WHERE held > 0;
-- What was found out about the account's log of deletions: how it can be asked,
CREATE TABLE deletion_log (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  way  TEXT NOT NULL
) STRICT;
-- what it calls record types where the criteria do not say so,
CREATE TABLE deletion_names (
  record_type TEXT NOT NULL,
  named_as    TEXT NOT NULL,
  found_at    TEXT NOT NULL,
  PRIMARY KEY (record_type, named_as)
) STRICT, WITHOUT ROWID;
-- and entries of no certain type that name the key of a record that the account has still.
CREATE TABLE deletion_entries (
  record_type TEXT NOT NULL,
  entry       TEXT NOT NULL,
  deleted_at  TEXT NOT NULL,  -- by the clock of the session, whose zone is not known
  PRIMARY KEY (record_type, entry)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::string_view version_11 = R"sql(
-- Records that have changed and have rows in a set, which was not looked at since: they may have lost them all.
CREATE TABLE changed_parents (
  record_type TEXT NOT NULL,  -- the set
  parent      INTEGER NOT NULL,
  PRIMARY KEY (record_type, parent)
) STRICT, WITHOUT ROWID;
-- Values that do not fit their columns: the records are stored without them.
CREATE TABLE kept_values (
  number      INTEGER PRIMARY KEY,
  record_type TEXT NOT NULL,
  ranged      INTEGER NOT NULL,  -- the record's key, of a set its parent's
  within      INTEGER NOT NULL,  -- of a set the record's key; else 0
  name        TEXT NOT NULL,     -- of the column
  key         TEXT NOT NULL,     -- as in rejected_records
  reason      TEXT NOT NULL,
  raw         TEXT NOT NULL,     -- of a long value the beginning
  import_id   TEXT NOT NULL,
  batch       INTEGER NOT NULL,
  at          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX kept_values_of_record ON kept_values (record_type, ranged, within, name);
-- Types of which records came without a change date, and the last import in which they did.
CREATE TABLE undated_types (
  record_type   TEXT PRIMARY KEY,
  import_number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Whether everything up to the watermark was looked at for that.
ALTER TABLE watermarks ADD COLUMN undated_known INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view version_12 = R"sql(
-- Sums of values that say nothing about whether the records are as the account has them.
CREATE TABLE value_sums_left_out (
  record_type TEXT NOT NULL,
  name        TEXT NOT NULL,  -- of the column
  kind        TEXT NOT NULL,
  reason      TEXT NOT NULL,
  at          TEXT NOT NULL,
  PRIMARY KEY (record_type, name, kind)
) STRICT, WITHOUT ROWID;
-- What was compared.
ALTER TABLE import_types ADD COLUMN proof_method TEXT NOT NULL DEFAULT '';
-- How many ranges, chosen at random, are compared value by value.
ALTER TABLE imports ADD COLUMN deep INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::string_view version_13 = R"sql(
-- Records that were found gone, and whose rows in a set went with them: to be asked for if the record comes back.
CREATE TABLE cut_parents (
  record_type TEXT NOT NULL,  -- the set
  parent      INTEGER NOT NULL,
  PRIMARY KEY (record_type, parent)
) STRICT, WITHOUT ROWID;
-- The fields that the numbers of rows with a wide key were made of when the type was last read whole.
ALTER TABLE record_tables ADD COLUMN numbered_by TEXT NOT NULL DEFAULT '';
-- When the usual way of asking for the account's log of deletions was last tried.
ALTER TABLE deletion_log ADD COLUMN usual_tried_at TEXT;
)sql";

constexpr std::array steps{version_1, version_2, version_3,  version_4,  version_5,  version_6, version_7,
                           version_8, version_9, version_10, version_11, version_12, version_13};

/// The first name that a step gives to a table, a view or an index and that record types may have; empty:
/// none.
constexpr std::string_view unreserved_name(std::string_view step) {
  constexpr std::array<std::string_view, 4> makers{"CREATE TABLE ", "CREATE VIEW ", "CREATE INDEX ",
                                                   "CREATE UNIQUE INDEX "};
  for (auto maker : makers)
    for (auto at = step.find(maker); at != std::string_view::npos; at = step.find(maker, at)) {
      at += maker.size();
      auto name = step.substr(at, step.find_first_of(" (\n", at) - at);
      if (!is_reserved_name(name)) return name;
    }
  return {};
}

static_assert(std::ranges::all_of(steps, [](auto step) { return unreserved_name(step).empty(); }),
              "a table, view or index of the ledger is missing in config/reserved_names.hpp");

} // namespace

std::span<const std::string_view> ledger_steps() noexcept { return steps; }

} // namespace tidemark::sqlite
