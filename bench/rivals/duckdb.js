/**
 * DuckDB's read_json with every column typed, flattened to a table of spans:
 * `node duckdb.js FOLDER DUMP DATABASE`, where FOLDER is where it was installed.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { reportTime } from '../report.js';

const [folder, dump, path] = process.argv.slice(2);
const installed = createRequire(join(folder, 'package.json'));
const { DuckDBInstance } = installed('@duckdb/node-api');

const attributes = `STRUCT("key" VARCHAR, "value" STRUCT(stringValue VARCHAR, intValue BIGINT,
  doubleValue DOUBLE, boolValue BOOLEAN))[]`;
const span = `STRUCT(traceId VARCHAR, spanId VARCHAR, parentSpanId VARCHAR, flags UINTEGER,
  name VARCHAR, kind TINYINT, startTimeUnixNano BIGINT, endTimeUnixNano BIGINT,
  attributes ${attributes}, status STRUCT(code TINYINT, message VARCHAR))`;
const resourceSpans = `STRUCT(resource STRUCT(attributes ${attributes}),
  scopeSpans STRUCT(scope STRUCT(name VARCHAR, version VARCHAR), spans ${span}[])[])[]`;

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

const load = /* sql */ `CREATE TABLE span AS
  WITH entry AS (
    SELECT unnest(resourceSpans) AS entry FROM read_json(${quoted(dump)},
      format = 'newline_delimited', columns = {resourceSpans: ${quoted(resourceSpans)}})
  ), scoped AS (
    SELECT list_filter(entry.resource.attributes, lambda one: one."key" = 'service.name')[1]
        ."value".stringValue AS service, unnest(entry.scopeSpans) AS scoped FROM entry
  ), flat AS (
    SELECT service, scoped.scope.name AS scope, unnest(scoped.spans) AS span FROM scoped
  )
  SELECT span.traceId AS trace_id, span.spanId AS span_id, span.parentSpanId AS parent_span_id,
    service, scope, span.name AS name, span.kind AS kind, span.startTimeUnixNano AS start_ns,
    span.endTimeUnixNano AS end_ns, span.status.code AS status, span.status.message AS message,
    span.attributes AS attributes FROM flat`;

await reportTime(async () => {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  // Faster, and the order of spans says nothing.
  await connection.run('SET preserve_insertion_order = false');
  await connection.run(load);
  const counted = await connection.runAndReadAll('SELECT count(*)::INTEGER FROM span');
  const [[records]] = counted.getRows();
  connection.closeSync();
  instance.closeSync();
  return { records };
});
