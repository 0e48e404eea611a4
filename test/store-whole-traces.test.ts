/** Traces are made from packs where that can be, else from rows: they are the same. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linkTrace } from '../src/graph/index.ts';
import type { Span } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';
import { extentOf } from '../src/store/sqlite/extent.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { spanReader } from '../src/store/sqlite/span-rows.ts';
import { scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('store-whole-traces');

/** Traces of the sample, as they are shown too, and the same from rows, without what belongs to one way of reading. */
async function bothWays(db: string) {
  await using session = await openSession(db);
  const { sample: all } = await session.features();
  // What has events, and as much of the rest: a trace from rows takes its time.
  const nested = all.filter(({ tree }) => tree.spans.some(({ events }) => events.length > 0));
  const sample = [...nested.slice(0, 20), ...all.slice(0, 20)];
  const told = (spans: readonly Span[]) => spans.map(({ alike: _, ...span }) => span);
  const sampled = sample.map(({ tree }) => ({ ...tree, spans: told(tree.spans) }));
  const shown = await Promise.all(
    sample.map(async ({ tree: { traceId } }) => {
      const { tree } = await session.trace(traceId);
      return { ...tree, spans: told(tree.spans) };
    }),
  );
  expect(shown).toEqual(sampled);
  const { db: rows, close } = openDatabase(db, 'read', false);
  try {
    const spansOf = spanReader(rows, extentOf(rows));
    const packOf = rows
      .prepare('SELECT pack FROM trace JOIN trace_name USING (trace_key) WHERE trace_id = ?')
      .pluck();
    const inRows = sample.map(({ tree: { traceId } }) => {
      const tree = linkTrace(spansOf(traceId, packOf.get(traceId) as Uint8Array));
      return { ...tree, spans: told(tree.spans) };
    });
    return { sampled, inRows };
  } finally {
    close();
  }
}

describe('traces from packs', () => {
  test('have events, attributes of their own and parents as in rows', async () => {
    const db = path();
    await importDumps(db, [join('sample-traces', 'code-exception')]);
    const { sampled, inRows } = await bothWays(db);
    const spans = sampled.flatMap((tree) => tree.spans);
    expect(spans.some(({ events }) => events.length > 0)).toBe(true);
    expect(sampled).toEqual(inRows);
  });

  test('have the labels of spans that several imports brought, orphans, and names like __proto__', async () => {
    const db = path();
    const own = (id: number) => ({ attributes: { ['__proto__']: `p${id}`, b: id, a: 'x' } });
    const spans = [
      span({ id: 1, ...own(1) }),
      span({ id: 2, parent: 1, start: 1, ...own(2) }),
      span({ id: 3, parent: 1, start: 2, ...own(3) }),
      span({ id: 4, parent: 99, start: 3, ...own(4) }),
    ];
    const first = dump(spans.slice(0, 3));
    const second = dump(spans.slice(2));
    await importDumps(db, [first], { label: 'incident' });
    await importDumps(db, [second], { label: 'baseline' });
    const { sampled, inRows } = await bothWays(db);
    expect(new Set(sampled.flatMap((tree) => tree.spans.map(({ label }) => label))).size).toBe(2);
    expect(sampled).toEqual(inRows);
  });
});
