/** Traces in a line, kept as columns, are what the rows say: after every change of the case. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { editImports, importDumps } from '../src/session.ts';
import { extentOf } from '../src/store/sqlite/extent.ts';
import { linesIn, linesInRows, requestsIn } from '../src/store/sqlite/lines.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { scratch, span } from './fixtures/store/dump.ts';

const { dump, path } = scratch('store-lines');

/** How many there are. */
function sameLines(file: string): number {
  const { db, close } = openDatabase(file, 'read', false);
  try {
    const lines = linesIn(db);
    expect(lines).toEqual(linesInRows(db, extentOf(db)));
    expect(requestsIn(db)).toEqual(
      lines.map(({ start, duration, failed }) => ({ start, duration, failed })),
    );
    return lines.length;
  } finally {
    close();
  }
}

test('of a sample, with failures and labels', async () => {
  const db = path();
  await importDumps(db, [join('sample-traces', 'code-exception')]);
  expect(sameLines(db)).toBeGreaterThan(100);
});

test('without times, with other labels, with one import less, with none', async () => {
  const db = path();
  const untimed = { raw: { startTimeUnixNano: '0', endTimeUnixNano: '0' } };
  const first = dump([span({ id: 1, failed: true }), span({ id: 2, trace: 2, ...untimed })]);
  const second = dump([span({ id: 3, trace: 3, start: -50 }), span({ id: 1, failed: true })]);
  await importDumps(db, [first], { label: 'incident' });
  await importDumps(db, [second], { label: 'a label of mine' });
  expect(sameLines(db)).toBe(3);
  await editImports(db, (store) => store.labelImport(second, null));
  expect(sameLines(db)).toBe(3);
  await editImports(db, (store) => store.removeImport(first));
  expect(sameLines(db)).toBe(2);
  await editImports(db, (store) => store.removeImport(second));
  expect(sameLines(db)).toBe(0);
});
