/** JSON values that are too long to be held are read in parts, and one record over 64 MiB not at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonSplitter, type Piece } from '../src/import/json-splitter.ts';
import { requestLists } from '../src/import/otlp/request.ts';
import { request } from './fixtures/import/arbitrary.ts';
import { read } from './fixtures/import/read.ts';

const limits = { part: 300, inner: 500, orphans: 2_000, record: 100_000 };

/** The pieces of a text that comes in chunks, at the limits of this test. */
function pieces(text: string, chunk: number, changed: Partial<typeof limits> = {}): Piece[] {
  const splitter = new JsonSplitter(requestLists, { ...limits, ...changed });
  const bytes = Buffer.from(text);
  const found: Piece[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    splitter.push(bytes.subarray(at, at + chunk));
    found.push(...splitter.pieces(false));
  }
  return [...found, ...splitter.pieces(true)];
}

type Json = Readonly<Record<string, unknown>>;
const objects = (of: Json, ...keys: string[]): readonly Json[] =>
  keys.flatMap((key) => (of[key] ?? []) as readonly Json[]);

/** Every record of a request as text, with what it belongs to. */
function records(value: Json): string[] {
  return objects(value, 'resourceSpans', 'resourceLogs', 'resourceMetrics').flatMap((entry) =>
    objects(entry, 'scopeSpans', 'scopeLogs', 'scopeMetrics').flatMap((part) =>
      objects(part, 'spans', 'logRecords', 'metrics').map((record) =>
        JSON.stringify([entry.resource, part.scope, record]),
      ),
    ),
  );
}
const recordsOf = (found: readonly Piece[]): string[] =>
  found.flatMap(({ text }) => records(JSON.parse(text) as Json));

const spans = (from: number, to: number): readonly object[] =>
  Array.from({ length: to - from }, (_, n) => ({ spanId: from + n, name: 'x "[{,:' }));
const entry = (resource: string, ...lists: (readonly object[])[]): object => ({
  resource: { attributes: [resource] },
  scopeSpans: lists.map((list, n) => ({ scope: { name: `${n}` }, spans: list })),
});

describe('a long value', () => {
  test('holds in parts what it holds as a whole, however it comes', () => {
    const dump = fc.array(request, { minLength: 1, maxLength: 4 }).map((requests) => ({
      resourceSpans: requests.flatMap((one) => objects(one as Json, 'resourceSpans')),
      resourceLogs: requests.flatMap((one) => objects(one as Json, 'resourceLogs')),
      resourceMetrics: requests.flatMap((one) => objects(one as Json, 'resourceMetrics')),
    }));
    fc.assert(
      fc.property(
        dump,
        fc.integer({ min: 1, max: 2_000 }),
        fc.boolean(),
        (value, chunk, pretty) => {
          const text = JSON.stringify(value, null, pretty ? 2 : 0);
          const found = pieces(text, chunk, { record: 1e9 });
          expect(recordsOf(found).toSorted()).toEqual(records(value).toSorted());
          expect(pieces(text, 64, { record: 1e9 })).toEqual(found);
        },
      ),
      { numRuns: 200, interruptAfterTimeLimit: 20_000, endOnFailure: true },
    );
  });

  test('is divided between resources, and within one that is long', () => {
    const value = {
      resourceSpans: [entry('a', spans(0, 9), spans(9, 60)), entry('b', spans(60, 61))],
    };
    const found = pieces(JSON.stringify(value), 100);
    expect(found.length).toBeGreaterThan(3);
    expect(recordsOf(found)).toEqual(records(value));
    expect(found[1]?.part).toEqual({ key: 'resourceSpans', indexes: [0, 1, 3] });
    expect(recordsOf(found.slice(1))[0]).toContain('"spanId":12,');
    for (const { text } of found) expect(text.length).toBeLessThan(700);
  });

  test('is not divided before it said what its records belong to, unless that does not come', () => {
    const { resource, scopeSpans } = entry('a', spans(0, 20)) as Record<string, unknown>;
    const late = { resourceSpans: [{ scopeSpans, resource }] };
    expect(pieces(JSON.stringify(late), 100)).toHaveLength(1);
    const later = { resourceSpans: [{ scopeSpans: [{ spans: spans(0, 99) }], resource }] };
    const found = pieces(JSON.stringify(later), 100);
    expect(found.map(({ kind }) => kind)).toEqual(['orphans', 'value']);
    expect(recordsOf(found)).toHaveLength(99);
  });

  test('that is torn keeps what came before', () => {
    const text = JSON.stringify({ resourceSpans: [entry('a', spans(0, 60))] });
    const found = pieces(`${text.slice(0, -20)}\n${text}`, 100);
    const kinds = found.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'value')).toEqual(['broken']);
    const whole = found.slice(kinds.indexOf('broken') + 1);
    expect(recordsOf(whole)).toHaveLength(60);
    expect(whole[0]?.line).toBe(2);
  });
});

describe('a record that is too long', () => {
  const huge = { spanId: 'huge', attributes: ['x'.repeat(5_000), { deep: ['{"', ' \n'] }] };
  const small = { record: 3_000 };

  test.each([
    ['first', [huge, ...spans(0, 3)]],
    ['between others', [...spans(0, 2), huge, ...spans(2, 3)]],
    ['last', [...spans(0, 3), huge]],
    ['alone in its scope', [huge]],
  ])('%s is passed over, and what follows is read', (_, list) => {
    const value = { resourceSpans: [entry('a', list, spans(3, 5)), entry('b', spans(5, 6))] };
    for (const indent of [0, 2]) {
      const text = JSON.stringify(value, null, indent);
      const found = pieces(`${text}\n${text}`, 100, small);
      const kept = records(value).filter((record) => !record.includes('huge'));
      expect(found.filter(({ kind }) => kind === 'oversize')).toHaveLength(2);
      expect(recordsOf(found.filter(({ kind }) => kind !== 'oversize'))).toEqual([
        ...kept,
        ...kept,
      ]);
      for (const chunk of [1, 7, 20_000]) {
        expect(pieces(`${text}\n${text}`, chunk, small)).toEqual(found);
      }
    }
  });

  test('is all of a value of lists that hold nothing', () => {
    const lists = `{"resourceSpans":[{"resource":{}${',"scopeSpans":[]'.repeat(1_000)},`;
    const text = `${lists}"scopeSpans":[{"spans":[{"a":1},{"b":2}]}]}]}`;
    const found = pieces(`${text}\n{"b":1}\n`, 100, small);
    expect(found.map(({ kind, line }) => `${kind} ${line}`)).toEqual(['oversize 1', 'value 2']);
  });

  test('is all of a value that is no request', () => {
    const found = pieces(`{"a":${JSON.stringify(huge)}}\n{"b":1}\n`, 100, small);
    expect(found.map(({ kind, line }) => `${kind} ${line}`)).toEqual(['oversize 1', 'value 2']);
  });

  test('and does not end is given up where the next value begins', () => {
    const text = `{"resourceSpans":[${JSON.stringify(entry('a', spans(0, 2)))},{"x":["${'y'.repeat(9_000)}`;
    const found = pieces(
      `${text}\n${JSON.stringify({ resourceSpans: [entry('b', spans(2, 4))] })}`,
      100,
      small,
    );
    expect(found.map(({ kind }) => kind)).toEqual(['oversize', 'broken', 'value']);
    expect(recordsOf(found.slice(2))).toHaveLength(2);
  });
});

test('a list of millions that are no records needs no memory for each', async () => {
  const value = { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans: [] }] }] };
  const list = `[${'1,'.repeat(3e6)}1]`;
  const { skipped, defects } = await read(JSON.stringify(value).replace('[]', list));
  expect(skipped).toBe(3e6 + 1);
  expect(defects.length).toBeLessThan(2_000);
});
