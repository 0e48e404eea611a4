/** Reading a protobuf record from its bytes gives what the plain decoder gives, or nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Draft } from '../src/import/draft.ts';
import { everyTime } from '../src/import/format.ts';
import { decodeMessage, Malformed } from '../src/import/protobuf/decode.ts';
import { decodePlainly, RecordReader } from '../src/import/protobuf/record-reader.ts';
import { FieldCursor } from '../src/import/protobuf/wire.ts';
import type { Batch } from '../src/model.ts';
import { entryField, type ProtobufSignal, recordOf, scopeField } from '../src/otlp/messages.ts';
import { request as anyRequest, protobuf } from './fixtures/import/arbitrary.ts';
import {
  aSpan,
  batchReader,
  end,
  logs,
  metrics,
  spanId,
  start,
  traceId,
  traces,
} from './fixtures/import/read.ts';

const around = {
  id: 1,
  resource: { attributes: '{"service.name":"cart"}', schemaUrl: '' },
  scope: { name: 'lib', version: '', attributes: '{}', schemaUrl: '' },
};

type Record = readonly [signal: ProtobufSignal, bytes: Buffer];

/** The records of a request, as bytes. */
function recordsOf(request: object): Record[] {
  const signal: ProtobufSignal =
    'resourceSpans' in request ? 'traces' : 'resourceLogs' in request ? 'logs' : 'metrics';
  return inside([protobuf(request)], 1)
    .flatMap((entry) => inside([entry], entryField.scopes))
    .flatMap((scope) => inside([scope], scopeField.records))
    .map((bytes) => [signal, bytes] as const);
}

function inside(messages: readonly Uint8Array[], number: number): Buffer[] {
  const found: Buffer[] = [];
  for (const message of messages) {
    const fields = new FieldCursor(message);
    while (fields.next()) {
      if (fields.number === number)
        found.push(Buffer.from(message.subarray(fields.from, fields.to)));
    }
  }
  return found;
}

const newDraft = () => new Draft({ name: 'dump', holds: everyTime, mapped: [] });
const contents = (batch: Batch) => ({
  ...batchReader()(batch),
  metrics: batch.metrics,
  skipped: batch.skipped,
  defects: batch.defects,
});

/** Reads each record by a reader that knows those before; gives which of them it knew. */
function same(records: readonly Record[]): boolean[] {
  const fast = newDraft();
  const plain = newDraft();
  const reader = new RecordReader(fast);
  const known = records.map(([signal, bytes]) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const mark = fast.mark();
    const isKnown = reader.read(signal, { bytes, view }, 0, bytes.length, around);
    // What is not known leaves nothing behind.
    if (!isKnown) expect(fast.mark()).toEqual(mark);
    else for (const _ of decodePlainly(plain, signal, decoded(signal, bytes), around));
    return isKnown;
  });
  expect(contents(fast.take())).toEqual(contents(plain.take()));
  return known;
}

const decoded = (signal: ProtobufSignal, bytes: Buffer) =>
  decodeMessage(bytes, 0, bytes.length, recordOf[signal]);

const attribute = (key: string, value: object) => ({ key, value });
const route = attribute('http.route', { stringValue: '/cart' });
const spanRecords = (...changes: object[]) => recordsOf(traces(...changes.map(aSpan)));

describe('what nearly all writers write is read', () => {
  test('spans', () => {
    const spans = Array.from({ length: 60 }, (_, index) => ({
      spanId: (index + 1).toString(16).padStart(16, '0'),
      parentSpanId: index % 3 === 0 ? undefined : spanId,
      traceState: index % 7 === 0 ? 'ot=th:8' : undefined,
      flags: 257,
      kind: index % 6,
      endTimeUnixNano: String(BigInt(end) + BigInt(index) * 5_000_000_123n),
      attributes: [
        route,
        attribute('request.id', { intValue: String(index * 7_919_131) }),
        attribute('worker', { stringValue: `w-${index % 16}` }),
        ...(index % 4 === 0 ? [attribute('retry', { boolValue: index % 8 === 0 })] : []),
        ...(index % 5 === 0 ? [attribute('score', { doubleValue: index / 10 })] : []),
        attribute('offset', { intValue: String(-index) }),
        attribute('text', { stringValue: `é "${index}" \\ \u0007 😀` }),
      ],
      status: index % 9 === 0 ? { code: 2, message: 'it failed' } : {},
    }));
    expect(same(spanRecords(...spans))).toEqual(spans.map(() => true));
  });

  test('logs', () => {
    const records = Array.from({ length: 40 }, (_, index) => ({
      ...(index % 3 === 0 ? {} : { timeUnixNano: start }),
      observedTimeUnixNano: end,
      severityNumber: index % 25,
      severityText: 'INFO',
      eventName: index % 5 === 0 ? 'gen_ai.choice' : '',
      body: { stringValue: index % 4 === 0 ? `request ${index} done` : `é ${index}\u0000` },
      attributes: [route, attribute('request.id', { intValue: String(index) })],
      ...(index % 2 === 0 ? { traceId, spanId } : {}),
      flags: 1,
    }));
    expect(same(recordsOf(logs(...records)))).toEqual(records.map(() => true));
  });

  test('gauges and sums', () => {
    const dataPoints = Array.from({ length: 30 }, (_, index) => ({
      timeUnixNano: start,
      ...(index % 2 === 0 ? { startTimeUnixNano: start } : {}),
      ...(index % 3 === 0 ? { asDouble: index / 7 } : { asInt: String(index - 5) }),
      attributes: [attribute('gpu', { intValue: String(index % 4) }), route],
    }));
    const records = [
      { name: 'load', unit: '1', gauge: { dataPoints } },
      { name: 'sent', sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } },
      { name: 'sent', sum: { dataPoints, aggregationTemporality: 1, isMonotonic: false } },
      { name: 'sent', description: 'bytes', sum: { dataPoints } },
    ];
    const known = same(recordsOf(metrics(...records, ...records)));
    expect(known).toEqual([...records, ...records].map(() => true));
  });
});

describe('what is odd is left to the plain decoder', () => {
  const list = { arrayValue: { values: [{ intValue: '1' }] } };
  test.each<[string, object]>([
    ['two attributes of one name', { attributes: [route, route] }],
    ['a list', { attributes: [attribute('list', list)] }],
    ['no value', { attributes: [attribute('none', {})] }],
    ['an event', { events: [{ name: 'exception', timeUnixNano: start }] }],
    ['a link', { links: [{ traceId, spanId }] }],
    ['an end before the start', { startTimeUnixNano: end, endTimeUnixNano: start }],
    ['a time that is none', { startTimeUnixNano: '5' }],
    ['a kind of tomorrow', { kind: 9 }],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }],
    ['a short span id', { spanId: 'abcd' }],
  ])('%s', (_, change) => {
    expect(same(spanRecords({}, change, {}))).toEqual([true, false, true]);
  });

  test('points with exemplars, flags or both kinds of value', () => {
    const point = { timeUnixNano: start, asDouble: 1 };
    const of = (change: object) => ({ name: 'x', gauge: { dataPoints: [point, change] } });
    const known = same(
      recordsOf(
        metrics(
          of({ ...point, exemplars: [{ timeUnixNano: start, asDouble: 1 }] }),
          of({ ...point, flags: 1 }),
          of({ asDouble: 1 }),
          { name: '', gauge: { dataPoints: [point] } },
          { name: 'x' },
          of(point),
        ),
      ),
    );
    expect(known).toEqual([false, false, false, false, false, true]);
  });
});

test('any records', () => {
  fc.assert(
    fc.property(fc.array(anyRequest, { minLength: 1, maxLength: 4 }), (requests) => {
      const records = requests.flatMap(recordsOf);
      same([...records, ...records]);
    }),
    { numRuns: 300 },
  );
});

test('any harm to the bytes of a record', () => {
  const records = [
    ...spanRecords({ attributes: [route], flags: 1, status: { code: 2, message: 'no' } }),
    ...recordsOf(logs({ timeUnixNano: start, body: { stringValue: 'x' }, attributes: [route] })),
    ...recordsOf(
      metrics({
        name: 'x',
        sum: {
          dataPoints: [{ timeUnixNano: start, asInt: '5', attributes: [route] }],
          aggregationTemporality: 2,
        },
      }),
    ),
  ];
  const harm = fc.tuple(fc.nat(200), fc.nat(255));
  fc.assert(
    fc.property(fc.nat(2), fc.array(harm, { minLength: 1, maxLength: 3 }), (which, harms) => {
      const [signal, bytes] = records[which] as Record;
      const harmed = Buffer.from(bytes);
      for (const [at, byte] of harms) harmed[at % harmed.length] = byte;
      if (isMalformed(signal, harmed)) expect(same([[signal, bytes]])).toEqual([true]);
      else
        same([
          [signal, bytes],
          [signal, harmed],
          [signal, bytes],
        ]);
    }),
    { numRuns: 3000 },
  );
});

/** Such a record is skipped, if the reader does not know it: it must not. */
function isMalformed(signal: ProtobufSignal, bytes: Buffer): boolean {
  try {
    decoded(signal, bytes);
    return false;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const reader = new RecordReader(newDraft());
    expect(reader.read(signal, { bytes, view }, 0, bytes.length, around)).toBe(false);
    return true;
  }
}
