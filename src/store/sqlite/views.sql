-- The public views of a case. Column names and meanings are stable; everything else may change.
-- Ids are lower-case hex text. *_ns are absolute unix nanoseconds (INTEGER, exact); times without
-- a suffix are ISO 8601 UTC text with milliseconds; attributes are JSON text for json_extract().

-- One row a span.
CREATE VIEW spans AS SELECT
  t.trace_id,                     -- 32 hex digits
  s.span_id,                      -- 16 hex digits, unique within a trace
  s.parent_span_id,               -- null: a root
  r.service,                      -- service.name, or what stands for it
  r.instance,                     -- replica; null if not told
  h.name,                         -- operation
  h.kind,                         -- unspecified, internal, server, client, producer, consumer
  h.status,                       -- unset, ok, error
  h.status_message,
  s.start_ns,                     -- null: unusable in the dump, see raw_time
  s.end_ns,
  {iso s.start_ns} AS start_time,
  CASE WHEN s.end_ns >= s.start_ns THEN (s.end_ns - s.start_ns) / 1e6 END AS duration_ms,
  CASE s.shared WHEN 0 THEN i.label ELSE {label span s.span_key i.label} END AS label,
  h.layer,                        -- infrastructure, data, model, application: what it speaks about
  {attributes s h} AS attributes,  -- JSON object
  r.attributes AS resource,       -- JSON object
  c.name AS scope,                -- instrumentation scope
  h.trace_state,
  h.flags,
  s.raw_time,                     -- times as written, when one was unusable
  s.dropped                       -- JSON object: what the SDK left out because of its limits
FROM span s JOIN trace_name t USING (trace_key) JOIN span_head h USING (head_id)
  JOIN resource r ON r.resource_id = h.resource_id JOIN scope c ON c.scope_id = h.scope_id
  JOIN import i ON i.import_id = s.import_id;

-- One row an event of a span, e.g. an exception.
CREATE VIEW span_events AS SELECT
  t.trace_id, s.span_id, r.service,
  e.position,                     -- from 0, in the order recorded
  e.name, e.time_ns,
  {iso e.time_ns} AS time,
  e.attributes
FROM span_event e JOIN span s USING (span_key) JOIN trace_name t USING (trace_key)
  JOIN span_head h USING (head_id) JOIN resource r USING (resource_id);

-- One row a link of a span to another.
CREATE VIEW span_links AS SELECT
  t.trace_id, s.span_id, r.service,
  l.position,
  l.trace_id AS linked_trace_id, l.span_id AS linked_span_id,
  l.attributes
FROM span_link l JOIN span s USING (span_key) JOIN trace_name t USING (trace_key)
  JOIN span_head h USING (head_id) JOIN resource r USING (resource_id);

-- One row a log record.
CREATE VIEW logs AS SELECT
  {hash g} || CASE g.occurrence WHEN 1 THEN '' ELSE '-' || g.occurrence END AS id,  -- from content
  g.time_ns,                      -- event time, else observed time
  {iso g.time_ns} AS time,
  r.service, r.instance,
  {severity h} AS severity,  -- TRACE … FATAL
  h.severity_number,
  g.body,                         -- text; a structured body as JSON
  h.event_name,
  m.template_id,
  CASE h.event_name WHEN '' THEN m.statement ELSE h.event_name END AS statement,  -- what the logs screen counts
  g.trace_id, g.span_id,          -- null: not correlated
  CASE g.shared WHEN 0 THEN i.label ELSE {label log g.log_key i.label} END AS label,
  g.attributes,
  r.attributes AS resource
FROM log_record g JOIN log_head h USING (head_id) JOIN resource r USING (resource_id)
  JOIN log_template m USING (template_key) JOIN import i ON i.import_id = g.import_id;

-- One row a log template: bodies with their variable parts masked.
CREATE VIEW log_templates AS SELECT
  t.template_id, t.template,
  count(*) AS logs,
  count(DISTINCT r.service) AS services,
  {iso min(g.time_ns)} AS first_time, {iso max(g.time_ns)} AS last_time
FROM log_template t JOIN log_record g USING (template_key) JOIN log_head h USING (head_id)
  JOIN resource r USING (resource_id)
GROUP BY t.template_id;

-- One row a metric point.
CREATE VIEW metric_points AS SELECT
  m.metric, m.unit,
  m.type,                         -- gauge, sum, histogram, exponential-histogram, summary
  m.temporality,                  -- delta, cumulative; null for a gauge or summary
  m.monotonic,                    -- 1: a sum that only grows
  r.service, r.instance,
  p.time_ns,
  {iso p.time_ns} AS time,
  p.value,                        -- gauge, sum; text where a number cannot hold it, as 'NaN'
  p.count, p.sum,                 -- histogram, exponential histogram, summary
  p.detail,                       -- JSON: buckets, quantiles, minimum, maximum
  p.exemplars,                    -- JSON array
  m.attributes,
  r.attributes AS resource
FROM metric_point p JOIN metric_series m USING (series_id) JOIN resource r USING (resource_id);

-- One row a trace.
CREATE VIEW traces AS SELECT
  trace_id,
  root_service, root_name,        -- of the earliest root, else of the earliest orphan
  start_ns,
  {iso start_ns} AS start_time,
  duration_ns / 1e6 AS duration_ms,  -- of the root span
  spans, errors,                  -- spans, and those with status error
  failed,                         -- 1: the root failed
  json_array_length(services) AS services,
  services AS service_names,      -- JSON array, sorted
  label
FROM trace JOIN trace_name USING (trace_key) JOIN trace_type USING (type_key);

-- One row a service, also those that sent nothing.
CREATE VIEW services AS SELECT
  service,
  layer,                          -- infrastructure, data, model, application: what it speaks about
  kind,                           -- service, database, messaging, external
  instances, spans, errors,
  observed                        -- 0: known from its callers only
FROM service;

-- One row an operation of a service.
CREATE VIEW operations AS SELECT
  service, name, kind, spans, errors,
  p50_ms, p95_ms, p99_ms          -- span durations, from a log histogram (about 9 % wide buckets)
FROM operation;

-- One row a pair of services that talk.
CREATE VIEW edges AS SELECT
  caller, callee,
  via,                            -- call, link, messaging
  calls, errors,
  unanswered,                     -- calls whose callee sent no span
  p95_ms
FROM edge;

-- One row an imported file.
CREATE VIEW imports AS SELECT
  import_id AS id,                -- for aidebug imports rm and label
  path, label, format, sha256, read, spans, logs, metrics, metric_points, span_events, span_links,
  exemplars, duplicates, skipped
FROM import;

-- One row a labelled window: the extent of the spans and logs with that label. A time far from
-- all the rest (defect bad-time) stretches no window.
CREATE VIEW windows AS SELECT
  label,
  min(first_ns) FILTER (WHERE believed) AS from_ns, max(last_ns) FILTER (WHERE believed) AS to_ns,
  {iso min(first_ns) FILTER (WHERE believed)} AS "from",
  {iso max(last_ns) FILTER (WHERE believed)} AS "to",
  coalesce(sum(records) FILTER (WHERE signal = 'span'), 0) AS spans,
  coalesce(sum(records) FILTER (WHERE signal = 'log'), 0) AS logs
FROM (
  SELECT i.label, d.*, d.first_ns BETWEEN x.believed_from AND x.believed_to AS believed
  FROM day d JOIN import i USING (import_id), extent x
  WHERE d.signal <> 'metric' AND i.label IS NOT NULL
) GROUP BY label;

-- One row a kind of defect of an imported file, or of the whole case (path null).
CREATE VIEW defects AS SELECT
  d.code, d.count,
  d.examples,                     -- JSON array, at most five
  i.path
FROM defect d LEFT JOIN import i USING (import_id);

-- One row a ranked cause of the last diagnosis.
CREATE VIEW causes AS SELECT
  c.value ->> 'rank' AS rank,
  c.value ->> 'service' AS service,
  c.value ->> 'entity' AS entity,
  c.value ->> 'operation' AS operation,
  c.value ->> 'instance' AS instance,
  c.value ->> 'layer' AS layer,
  c.value ->> 'faultClass' AS fault_class,
  c.value ->> 'score' AS score,
  c.value ->> 'confidence' AS confidence,
  c.value ->> 'band' AS band,     -- likely, possible, weak
  c.value ->> 'onset' AS onset,
  c.value ->> 'summary' AS summary
FROM diagnosis d, json_each(d.body, '$.causes') c;

-- One row an evidence of a cause.
CREATE VIEW evidence AS SELECT
  e.value ->> 'id' AS id,
  c.value ->> 'rank' AS cause_rank,
  c.value ->> 'service' AS cause_service,
  e.value ->> 'kind' AS kind,
  e.value ->> 'direction' AS direction,
  e.value ->> 'weight' AS weight, -- weights of a cause add up to its score
  e.value ->> 'summary' AS summary,
  e.value ->> '$.effect.baseline' AS baseline,
  e.value ->> '$.effect.incident' AS incident,
  e.value ->> 'p' AS p,
  e.value -> 'refs' AS refs       -- JSON array of references to spans, logs, metric points
FROM diagnosis d, json_each(d.body, '$.causes') c, json_each(c.value, '$.evidence') e;

-- Notes of the postmortem.
CREATE VIEW notes AS SELECT note_id, target, body, created_ns, {iso created_ns} AS created
FROM note;
