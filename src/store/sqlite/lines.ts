/**
 * Every trace in a line. What is compared is chosen from all of them, so they are also kept as
 * columns, in order: read so, a line takes a tenth of what a row of `trace` does, which lies beside its pack.
 */
import type { Database } from 'better-sqlite3';
import type { Nanos, TraceId, TraceSummary } from '../../model.ts';
import type { Extent } from './extent.ts';

/** A trace in a line, and where it is kept. */
export interface StoredLine extends TraceSummary {
  readonly key: number;
}

type LineRow = [
  key: number,
  traceId: TraceId,
  type: number,
  start: Nanos | null,
  duration: number | null,
  failed: number,
  spans: number,
  errors: number,
  label: string | null,
];

/** As the rows of `trace` have them. By start, then id, as they are kept: no order of imports shows. */
export function linesInRows(db: Database, extent: Extent): readonly StoredLine[] {
  const types = typesIn(db);
  return rowsOf(db, extent).map(
    ([key, traceId, typeKey, start, duration, failed, spans, errors, label]) => ({
      key,
      traceId,
      ...(types.get(typeKey) as Type),
      start,
      duration,
      failed: failed === 1,
      spans,
      errors,
      label,
    }),
  );
}

const rowsOf = (db: Database, { epoch }: Extent): readonly LineRow[] =>
  db
    .prepare(/* sql */ `SELECT trace_key, trace_id, type_key, start_ns - ?, duration_ns, failed,
      spans, errors, label FROM trace JOIN trace_name USING (trace_key) ORDER BY start_ns, trace_id`)
    .raw()
    .all(epoch) as LineRow[];

type Type = Pick<TraceSummary, 'type' | 'rootService' | 'rootName'>;
type TypeRow = [key: number, type: string, rootService: string, rootName: string];

const typesIn = (db: Database): ReadonlyMap<number, Type> =>
  new Map(
    (
      db
        .prepare('SELECT type_key, type, root_service, root_name FROM trace_type')
        .raw()
        .all() as TypeRow[]
    ).map(([key, type, rootService, rootName]) => [key, { type, rootService, rootName }]),
  );

/** Lines that are kept together. */
const partSize = 65_536;
const idBytes = 16;

/** Keeps the lines as the rows have them now. */
export function keepLines(db: Database, extent: Extent): void {
  db.exec('DELETE FROM trace_line');
  const add = db.prepare('INSERT INTO trace_line (part, lines, labels, body) VALUES (?, ?, ?, ?)');
  const rows = rowsOf(db, extent);
  for (let from = 0; from < rows.length; from += partSize) {
    const part = rows.slice(from, from + partSize);
    const labels = [...new Set(part.map(([, , , , , , , , label]) => label))];
    add.run(from / partSize, part.length, JSON.stringify(labels), bodyOf(part, labels));
  }
}

/** Columns of a part, one behind the other, the widest first: each begins where its width wants it. */
function columnsIn(buffer: ArrayBuffer, count: number) {
  let at = 0;
  const place = (width: number): number => {
    at += width * count;
    return at - width * count;
  };
  return {
    keys: new Float64Array(buffer, place(8), count),
    /** Offsets in ns; NaN: none. */
    starts: new Float64Array(buffer, place(8), count),
    durations: new Float64Array(buffer, place(8), count),
    types: new Uint32Array(buffer, place(4), count),
    spans: new Uint32Array(buffer, place(4), count),
    errors: new Uint32Array(buffer, place(4), count),
    /** Twice the place of the label among those of the part, and 1 if the request failed. */
    fates: new Uint32Array(buffer, place(4), count),
    ids: new Uint8Array(buffer, place(idBytes), idBytes * count),
  };
}

const lineBytes = 3 * 8 + 4 * 4 + idBytes;

function bodyOf(rows: readonly LineRow[], labels: readonly (string | null)[]): Uint8Array {
  const body = new Uint8Array(lineBytes * rows.length);
  const into = columnsIn(body.buffer, rows.length);
  for (const [at, row] of rows.entries()) {
    const [key, traceId, type, start, duration, failed, spans, errors, label] = row;
    into.keys[at] = key;
    into.starts[at] = start ?? Number.NaN;
    into.durations[at] = duration ?? Number.NaN;
    into.types[at] = type;
    into.spans[at] = spans;
    into.errors[at] = errors;
    into.fates[at] = 2 * labels.indexOf(label) + failed;
    into.ids.set(Buffer.from(traceId, 'hex'), idBytes * at);
  }
  return body;
}

interface Part {
  readonly lines: number;
  readonly labels: string;
  readonly body: Uint8Array;
}

const partsOf = (db: Database): readonly Part[] =>
  db.prepare('SELECT lines, labels, body FROM trace_line ORDER BY part').all() as Part[];

/** What SQLite hands out begins where it happens to. */
const columnsOf = ({ lines, body }: Part) => columnsIn(Uint8Array.from(body).buffer, lines);

/** By start, then id: what is counted by the minute lies close together. */
export function linesIn(db: Database): readonly StoredLine[] {
  const types = typesIn(db);
  return partsOf(db).flatMap((part) => linesOf(part, types));
}

/** Only what is seen of requests at once, in the same order. */
export function requestsIn(
  db: Database,
): readonly Pick<TraceSummary, 'start' | 'duration' | 'failed'>[] {
  return partsOf(db).flatMap((part) => {
    const { starts, durations, fates } = columnsOf(part);
    return Array.from(starts, (start, at) => ({
      start: numberOrNull(start) as Nanos | null,
      duration: numberOrNull(durations[at] as number),
      failed: ((fates[at] as number) & 1) === 1,
    }));
  });
}

function linesOf(part: Part, types: ReadonlyMap<number, Type>): readonly StoredLine[] {
  const labels = JSON.parse(part.labels) as (string | null)[];
  const { keys, starts, durations, types: typeKeys, spans, errors, fates, ids } = columnsOf(part);
  const digits = Buffer.from(ids.buffer, ids.byteOffset, ids.length).toString('hex');
  const lines = new Array<StoredLine>(part.lines);
  for (let at = 0; at < part.lines; at += 1) {
    const { type, rootService, rootName } = types.get(typeKeys[at] as number) as Type;
    const fate = fates[at] as number;
    // No spread: it takes forty times as long, and traces are many.
    lines[at] = {
      key: keys[at] as number,
      traceId: digits.slice(2 * idBytes * at, 2 * idBytes * (at + 1)) as TraceId,
      rootService,
      rootName,
      type,
      start: numberOrNull(starts[at] as number) as Nanos | null,
      duration: numberOrNull(durations[at] as number),
      failed: (fate & 1) === 1,
      spans: spans[at] as number,
      errors: errors[at] as number,
      label: labels[fate >> 1] as string | null,
    };
  }
  return lines;
}

const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
