/** Traces of the sample are made from packs, those that are shown from rows: they are the same. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Span } from '../src/model.ts';
import { importDumps, openSession } from '../src/session.ts';
import { scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('store-whole-traces');

/** Traces of the sample and the same from rows, without what belongs to one way of reading. */
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
  return { sampled, shown };
}

describe('traces of the sample', () => {
  test('have events, attributes of their own and parents as in rows', async () => {
    const db = path();
    await importDumps(db, [join('sample-traces', 'code-exception')]);
    const { sampled, shown } = await bothWays(db);
    const spans = sampled.flatMap((tree) => tree.spans);
    expect(spans.some(({ events }) => events.length > 0)).toBe(true);
    expect(sampled).toEqual(shown);
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
    const { sampled, shown } = await bothWays(db);
    expect(new Set(sampled.flatMap((tree) => tree.spans.map(({ label }) => label))).size).toBe(2);
    expect(sampled).toEqual(shown);
  });
});
