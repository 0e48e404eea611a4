/**
 * What a plain tool does: JSON.parse, then one statement a span into SQLite in WAL mode, a
 * transaction a line, no index and no check: `node plain.js DUMP DATABASE`.
 */
// biome-ignore lint/style/noRestrictedImports: a tool that aidebug is compared with.
import SqliteDatabase from 'better-sqlite3';
import { lines } from '../files.js';
import { reportTime } from '../report.js';

const [dump, path] = process.argv.slice(2);

function open() {
  const db = new SqliteDatabase(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(/* sql */ `CREATE TABLE span (trace_id TEXT, span_id TEXT, parent_span_id TEXT,
    service TEXT, name TEXT, kind INTEGER, start_ns INTEGER, end_ns INTEGER, status INTEGER,
    message TEXT, attributes TEXT)`);
  return db;
}

const valueIn = ({ stringValue, intValue }) => stringValue ?? Number(intValue);
const flat = (attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueIn(value)]));

function insertRequest(insert, { resourceSpans }) {
  let count = 0;
  for (const { resource, scopeSpans } of resourceSpans) {
    const service = flat(resource.attributes)['service.name'];
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      insert.run(
        span.traceId,
        span.spanId,
        span.parentSpanId ?? null,
        service,
        span.name,
        span.kind,
        BigInt(span.startTimeUnixNano),
        BigInt(span.endTimeUnixNano),
        span.status.code ?? 0,
        span.status.message ?? null,
        JSON.stringify(flat(span.attributes)),
      );
      count += 1;
    }
  }
  return count;
}

await reportTime(() => {
  const db = open();
  const insert = db.prepare(/* sql */ 'INSERT INTO span VALUES (?,?,?,?,?,?,?,?,?,?,?)');
  const insertLine = db.transaction((line) => insertRequest(insert, JSON.parse(line)));
  let records = 0;
  for (const line of lines(dump)) records += insertLine(line.toString());
  db.close();
  return { records };
});
