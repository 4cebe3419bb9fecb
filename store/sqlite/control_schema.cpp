#include "store/sqlite/control_schema.hpp"

#include <array>

namespace tidemark::sqlite {

namespace {

constexpr std::string_view control_version_1 = R"sql(
CREATE TABLE feature_flags (
  name        TEXT NOT NULL PRIMARY KEY,
  enabled     BOOLEAN NOT NULL DEFAULT FALSE,
  tenant_ids  TEXT,  -- JSON array of ids; NULL or empty: all tenants
  description TEXT,
  created_at  TEXT,
  updated_at  TEXT
);

CREATE TABLE schedules (
  name            TEXT NOT NULL PRIMARY KEY,
  tenant          TEXT NOT NULL,
  record_type     TEXT NOT NULL,
  mode            TEXT NOT NULL,
  cron            TEXT NOT NULL,
  zone            TEXT NOT NULL,
  jitter_seconds  INTEGER NOT NULL,
  missed          TEXT NOT NULL,     -- run_once or skip: runs that were due while the node was down
  paused          INTEGER NOT NULL,
  created_by      TEXT NOT NULL,
  created_at      TEXT,
  handled_until   TEXT,              -- runs that were due up to here have been dealt with
  waiting_since   TEXT,              -- a run that is due and has not begun
  waiting_for     TEXT NOT NULL,     -- the import that it waits for
  last_started_at TEXT,
  last_import     TEXT NOT NULL,
  last_error      TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  at      TEXT,
  who     TEXT NOT NULL,
  origin  TEXT NOT NULL,  -- the door and the program
  command TEXT NOT NULL,
  tenant  TEXT NOT NULL,  -- empty: the node
  subject TEXT NOT NULL,
  result  TEXT NOT NULL,  -- done, or an error's code
  text    TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_tenant ON audit (tenant, number);
)sql";

constexpr std::array control_steps{control_version_1};

} // namespace

schema control_schema() noexcept { return {0x74646d63, control_steps}; }

} // namespace tidemark::sqlite
