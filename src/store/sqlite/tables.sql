-- The private tables of a case (names in the singular). What users may rely on is views.sql.
-- Times are absolute unix nanoseconds; ids lower-case hex; attributes JSON object text with
-- sorted keys. No foreign keys across signals: they arrive independently and out of order.

CREATE TABLE import (
  import_id     INTEGER PRIMARY KEY,
  path          TEXT NOT NULL,      -- as it was given
  label         TEXT,               -- null: none
  format        TEXT,
  sha256        TEXT,               -- of the bytes as read
  read          INTEGER, spans INTEGER, logs INTEGER, metrics INTEGER, metric_points INTEGER,
  span_events   INTEGER, span_links INTEGER, exemplars INTEGER, duplicates INTEGER, skipped INTEGER
) STRICT;

CREATE TABLE resource (
  resource_id   INTEGER PRIMARY KEY,
  service       TEXT NOT NULL,      -- service.name, or what stands for it
  instance      TEXT,
  schema_url    TEXT NOT NULL,
  attributes    TEXT NOT NULL,
  UNIQUE (attributes, schema_url)
) STRICT;

CREATE TABLE scope (
  scope_id      INTEGER PRIMARY KEY,
  name          TEXT NOT NULL,
  version       TEXT NOT NULL,
  attributes    TEXT NOT NULL,
  schema_url    TEXT NOT NULL,
  UNIQUE (name, version, attributes, schema_url)
) STRICT;

-- What many spans of an import have in common, attributes of few values among it: stored once.
CREATE TABLE span_head (
  head_id       INTEGER PRIMARY KEY,
  import_id     INTEGER NOT NULL,   -- the one that brought it
  resource_id   INTEGER NOT NULL,
  scope_id      INTEGER NOT NULL,
  name          TEXT NOT NULL,
  kind          TEXT NOT NULL,
  status        TEXT NOT NULL,
  status_message TEXT NOT NULL,
  trace_state   TEXT NOT NULL,
  flags         INTEGER NOT NULL,
  layer         TEXT NOT NULL,      -- what it speaks about
  attributes    TEXT NOT NULL
) STRICT;

CREATE TABLE span (
  span_key      INTEGER PRIMARY KEY,
  import_id     INTEGER NOT NULL,   -- the first import that brought it; more in also_in
  trace_key     INTEGER NOT NULL,
  head_id       INTEGER NOT NULL,
  span_id       TEXT NOT NULL,
  parent_span_id TEXT,
  start_ns      INTEGER,            -- null: unusable, see raw_time
  end_ns        INTEGER,
  attributes    TEXT,               -- beside those of the head; null: none
  nested        INTEGER NOT NULL,   -- its events and links together
  shared        INTEGER NOT NULL DEFAULT 0,  -- 1: also_in has more
  raw_time      TEXT,
  dropped       TEXT                -- JSON object: what the SDK left out because of its limits
) STRICT;

CREATE TABLE span_event (
  span_key      INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  name          TEXT NOT NULL,
  time_ns       INTEGER,
  attributes    TEXT NOT NULL,
  dropped_attributes INTEGER NOT NULL,
  PRIMARY KEY (span_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE span_link (
  span_key      INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  trace_id      TEXT NOT NULL,
  span_id       TEXT NOT NULL,
  trace_state   TEXT NOT NULL,
  flags         INTEGER NOT NULL,
  attributes    TEXT NOT NULL,
  dropped_attributes INTEGER NOT NULL,
  PRIMARY KEY (span_key, position)
) STRICT, WITHOUT ROWID;

-- What many log records of an import have in common.
CREATE TABLE log_head (
  head_id       INTEGER PRIMARY KEY,
  import_id     INTEGER NOT NULL,   -- the one that brought it
  resource_id   INTEGER NOT NULL,
  scope_id      INTEGER NOT NULL,
  severity_number INTEGER NOT NULL,
  severity_text TEXT NOT NULL,
  event_name    TEXT NOT NULL,
  flags         INTEGER NOT NULL,
  structured    INTEGER NOT NULL    -- 1: the body is JSON text of a value that is no string
) STRICT;

CREATE TABLE log_record (
  log_key       INTEGER PRIMARY KEY,
  import_id     INTEGER NOT NULL,
  shared        INTEGER NOT NULL DEFAULT 0,
  head_id       INTEGER NOT NULL,
  template_key  INTEGER NOT NULL,
  time_ns       INTEGER,
  observed_ns   INTEGER,
  trace_id      TEXT,
  span_id       TEXT,
  body          TEXT NOT NULL,
  attributes    TEXT NOT NULL,
  hash          INTEGER NOT NULL,   -- of all that it says; shown as 16 hex digits
  occurrence    INTEGER NOT NULL DEFAULT 1,  -- the how-manieth equal record of its file
  raw_time      TEXT
) STRICT;

CREATE TABLE log_template (
  template_key  INTEGER PRIMARY KEY,
  template_id   TEXT NOT NULL UNIQUE,  -- from its text
  template      TEXT NOT NULL,
  statement     TEXT NOT NULL DEFAULT ''  -- with <*> where others like it differ; written when the last file is in
) STRICT;

CREATE TABLE metric_series (
  series_id     INTEGER PRIMARY KEY,
  resource_id   INTEGER NOT NULL,
  scope_id      INTEGER NOT NULL,
  metric        TEXT NOT NULL,
  unit          TEXT NOT NULL,
  type          TEXT NOT NULL,
  temporality   TEXT,
  monotonic     INTEGER NOT NULL,
  attributes    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX metric_series_identity ON metric_series (
  metric, resource_id, scope_id, attributes, type, unit, coalesce(temporality, ''), monotonic
);

CREATE TABLE metric_point (
  point_key     INTEGER PRIMARY KEY,
  import_id     INTEGER NOT NULL,
  shared        INTEGER NOT NULL DEFAULT 0,
  series_id     INTEGER NOT NULL,
  time_ns       INTEGER,
  start_ns      INTEGER,
  raw_time      TEXT,
  value         ANY,                -- gauge and sum: integer or real; text if it is neither
  count         INTEGER,            -- histogram, exponential histogram, summary
  sum           REAL,
  detail        TEXT,               -- JSON: buckets, quantiles, minimum, maximum
  exemplars     TEXT,               -- JSON array
  flags         INTEGER NOT NULL DEFAULT 0,
  hash          INTEGER NOT NULL,
  occurrence    INTEGER NOT NULL DEFAULT 1
) STRICT;

-- A record that several imports brought belongs to each of them.
CREATE TABLE also_in (
  signal        TEXT NOT NULL,      -- span, log, metric
  record_key    INTEGER NOT NULL,
  import_id     INTEGER NOT NULL,
  PRIMARY KEY (signal, record_key, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE defect (
  import_id     INTEGER,            -- null: found in the case as a whole
  code          TEXT NOT NULL,
  count         INTEGER NOT NULL,
  examples      TEXT NOT NULL       -- JSON array, at most five
) STRICT;

-- Attribute names of the user, by what they stand for; as the config had them at the last import.
CREATE TABLE mapping (
  written       TEXT PRIMARY KEY,
  meant         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Windows named by hand; resolved at each diagnosis, so that relative times follow the data.
CREATE TABLE chosen_window (
  name          TEXT PRIMARY KEY,   -- baseline, incident
  spec          TEXT NOT NULL       -- FROM/TO, -45m, a label, trace:ID
) STRICT, WITHOUT ROWID;

-- Records of an import by the day of their time: what the extent and the windows are found from.
CREATE TABLE day (
  import_id     INTEGER NOT NULL,
  signal        TEXT NOT NULL,      -- span, log, metric
  day           INTEGER,            -- days since 1970; null: no usable time
  records       INTEGER NOT NULL,
  first_ns      INTEGER,
  last_ns       INTEGER,            -- of a span its end
  far           INTEGER NOT NULL    -- records that end so long after they began that it is no time
) STRICT;

-- One row, computed after each import: which times are believed. Others are kept as they are, but
-- no window begins or ends with them.
CREATE TABLE extent (
  epoch_ns      INTEGER NOT NULL,   -- offset 0: the first believed span, else log, else point
  last_ns       INTEGER NOT NULL,   -- the end of the data
  believed_from INTEGER NOT NULL,
  believed_to   INTEGER NOT NULL
) STRICT;

CREATE TABLE trace_name (
  trace_key     INTEGER PRIMARY KEY,
  trace_id      TEXT NOT NULL UNIQUE
) STRICT;

-- Traces of one type can be compared: root operation and set of services.
CREATE TABLE trace_type (
  type_key      INTEGER PRIMARY KEY,
  type          TEXT NOT NULL UNIQUE,
  root_service  TEXT NOT NULL,
  root_name     TEXT NOT NULL,
  services      TEXT NOT NULL       -- JSON array, sorted
) STRICT;

-- Written when a file with spans of it is committed.
CREATE TABLE trace (
  trace_key     INTEGER PRIMARY KEY,
  imports       TEXT NOT NULL,      -- JSON array: those that brought its spans, ascending
  type_key      INTEGER NOT NULL,
  start_ns      INTEGER,
  duration_ns   INTEGER,            -- of the root span
  spans         INTEGER NOT NULL,
  errors        INTEGER NOT NULL,
  failed        INTEGER NOT NULL,   -- 1: the root failed
  label         TEXT,
  pack          BLOB NOT NULL       -- its spans as analysis reads them: features/trace-pack.ts
) STRICT;

-- The same but for their packs, all traces by start: made anew when the last file is in (lines.ts).
CREATE TABLE trace_line (
  part          INTEGER PRIMARY KEY,
  lines         INTEGER NOT NULL,
  labels        TEXT NOT NULL,      -- JSON array, null among them
  body          BLOB NOT NULL       -- columns
) STRICT;

CREATE TABLE service (
  service       TEXT PRIMARY KEY,
  layer         TEXT NOT NULL,
  kind          TEXT NOT NULL,
  instances     INTEGER NOT NULL,
  spans         INTEGER NOT NULL,
  errors        INTEGER NOT NULL,
  observed      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operation (
  service       TEXT NOT NULL,
  name          TEXT NOT NULL,
  kind          TEXT NOT NULL,
  spans         INTEGER NOT NULL,
  errors        INTEGER NOT NULL,
  p50_ms REAL, p95_ms REAL, p99_ms REAL,
  PRIMARY KEY (service, name, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE edge (
  caller        TEXT NOT NULL,
  callee        TEXT NOT NULL,
  via           TEXT NOT NULL,
  calls         INTEGER NOT NULL,
  errors        INTEGER NOT NULL,
  unanswered    INTEGER NOT NULL,
  p95_ms        REAL,
  PRIMARY KEY (caller, callee, via)
) STRICT, WITHOUT ROWID;

-- One row, computed after each import: what is found in all traces and compared with nothing.
CREATE TABLE found_in_traces (
  graph         TEXT NOT NULL,      -- JSON: the service graph
  skew          TEXT NOT NULL       -- JSON: clocks that differ
) STRICT;

-- The last diagnosis made with default settings; empty when the case changed since.
CREATE TABLE diagnosis (
  version       TEXT NOT NULL,      -- of aidebug
  body          TEXT NOT NULL       -- JSON
) STRICT;

CREATE TABLE note (
  note_id       INTEGER PRIMARY KEY,
  target        TEXT NOT NULL,      -- trace, span, service or cause
  body          TEXT NOT NULL,
  created_ns    INTEGER NOT NULL
) STRICT;
