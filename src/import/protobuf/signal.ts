/**
 * Which signal a protobuf message holds. Requests of traces, logs and metrics look alike down to
 * their records (a list, of a resource, of scopes, of records); the records give themselves away
 * by the wire types of their fields.
 */
import { entryField, type ProtobufSignal, recordOf, scopeField } from '../../otlp/messages.ts';
import { FieldCursor } from './wire.ts';

/** Records looked at per message: fewer if the first of them agree. */
const maxRecords = 20;
const agreeing = 3;

/** The signal of a `ResourceSpans`, `ResourceLogs` or `ResourceMetrics`; null if none fits. */
export function signalOf(bytes: Uint8Array, start: number, end: number): ProtobufSignal | null {
  const votes: Record<ProtobufSignal, number> = { traces: 0, logs: 0, metrics: 0 };
  let seen = 0;
  for (const record of records(bytes, start, end)) {
    const signal = signalOfRecord(record);
    if (signal !== null) votes[signal] += 1;
    seen += 1;
    if (seen === maxRecords || (seen === agreeing && signal && votes[signal] === seen)) break;
  }
  const [best] = signals.toSorted((a, b) => votes[b] - votes[a]);
  return best !== undefined && votes[best] > 0 ? best : null;
}

/** A cursor over each record of an entry. */
function* records(bytes: Uint8Array, start: number, end: number): Generator<FieldCursor> {
  const entry = new FieldCursor(bytes, start, end);
  while (entry.next()) {
    if (!isScopes(entry)) continue;
    const scope = new FieldCursor(bytes, entry.from, entry.to);
    while (scope.next()) {
      if (scope.number === scopeField.records && scope.type === 2) {
        yield new FieldCursor(bytes, scope.from, scope.to);
      }
    }
  }
}

/** Whether the field of an entry holds scopes. */
export const isScopes = ({ number, type }: FieldCursor): boolean =>
  type === 2 && (number === entryField.scopes || number === entryField.oldScopes);

const signals: readonly ProtobufSignal[] = ['traces', 'logs', 'metrics'];

/** What the fields of one record can be; null if it is none or fits nothing. */
function signalOfRecord(record: FieldCursor): ProtobufSignal | null {
  let fits = signals;
  const marks = { ids: 0, data: false, name: false };
  while (record.next()) {
    const { number, type } = record;
    addMarks(marks, record);
    fits = fits.filter((signal) => (wireTypeOf(signal, number) ?? type) === type);
  }
  if (record.broken) return null;
  // A random trace id is text only by a chance of 10^-7; the name of a metric always is.
  const asMetric = fits.includes('metrics') && marks.data;
  if (asMetric && marks.name) return 'metrics';
  if (fits.includes('traces') && marks.ids === 2) return 'traces';
  // The body of a log has the field number of a gauge; a log is the more likely to lack the rest.
  if (fits.includes('logs')) return 'logs';
  return asMetric ? 'metrics' : (fits[0] ?? null);
}

interface Marks {
  /** Of trace and span id, how many have their length. */
  ids: number;
  /** A list of points, of whichever type. */
  data: boolean;
  /** The first field is text, as a name. */
  name: boolean;
}

function addMarks(marks: Marks, { bytes, number, type, from, to }: FieldCursor): void {
  if (type !== 2) return;
  const idLength = number === 1 ? 16 : number === 2 ? 8 : -1;
  if (to - from === idLength) marks.ids += 1;
  if (number === 1) marks.name = isPrintable(bytes, from, to);
  if (dataFields.has(number)) marks.data = true;
}

/** The lists of points of a metric, one field a type. */
const dataFields: ReadonlySet<number> = new Set([5, 7, 9, 10, 11]);

/** Wire type of a field of a record; null if the record has no such field. */
function wireTypeOf(signal: ProtobufSignal, number: number): number | null {
  const type = recordOf[signal].get(number)?.type;
  if (type === undefined) return null;
  if (typeof type !== 'string' || type === 'string' || type === 'bytes' || type === 'id') return 2;
  if (type === 'fixed64' || type === 'sfixed64' || type === 'double') return 1;
  return type === 'fixed32' ? 5 : 0;
}

function isPrintable(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return to > from;
}
