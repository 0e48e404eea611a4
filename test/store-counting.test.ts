/** A part of a case counted by a thread of its own, as the built program does it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planComparison, sideOf, traceCounter } from '../src/features/index.ts';
import { importDumps } from '../src/session.ts';
import type { countedApart as CountedApart, SidedLine } from '../src/store/sqlite/counting.ts';
import { extentOf } from '../src/store/sqlite/extent.ts';
import { linesIn } from '../src/store/sqlite/lines.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { packReader } from '../src/store/sqlite/trees.ts';

const folder = mkdtempSync(join(tmpdir(), 'aidebug-counting-'));
const path = join(folder, 'case.db');
beforeAll(() => importDumps(path, ['sample-traces/code-exception'], { fresh: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('counts as this thread does', async () => {
  const { db, close } = openDatabase(path, 'read', false);
  try {
    const extent = extentOf(db);
    const lines = linesIn(db);
    const plan = planComparison(lines, [], { baseline: null, incident: null, without: [] });
    const sided = lines.flatMap((line): SidedLine[] => {
      const side = sideOf(line, plan);
      return side === null ? [] : [{ line, side, isWhole: false }];
    });
    const here = traceCounter(plan);
    const read = packReader(db, extent);
    for (const { line, side } of sided) here.add(read(line).columns, side);
    const built = '../dist/store/sqlite/counting.js';
    const { countedApart } = (await import(built)) as { countedApart: typeof CountedApart };
    const there = traceCounter(plan);
    there.absorb(await countedApart({ path, plan }, sided));
    expect(sided.length).toBeGreaterThan(100);
    expect(there.finish()).toEqual(here.finish());
  } finally {
    close();
  }
});

test('says what is wrong with the case', async () => {
  const built = '../dist/store/sqlite/counting.js';
  const { countedApart } = (await import(built)) as { countedApart: typeof CountedApart };
  const plan = planComparison([], [], { baseline: null, incident: null, without: [] });
  const missing = join(folder, 'missing.db');
  await expect(countedApart({ path: missing, plan }, [])).rejects.toThrow(/missing\.db/);
});
