/** `aidebug diff`: what it compares, and when it fails a build. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aidebug, smallDump, temporaryFolder, written } from './cli.ts';

/** The first requests of the dump fail, the others do not. */
const failed = '1'.padStart(32, '0');
const good = '14'.padStart(32, '0');

async function run(...args: readonly string[]) {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  const dump = written(folder, 'dump.json', smallDump());
  expect((await aidebug(['import', '--db', db, dump])).status).toBe(0);
  return aidebug(['diff', ...args, '--db', db]);
}

test('two traces: a new failure is where they part, and can fail a build', async () => {
  const { status, stdout } = await run(good, failed, '--format', 'json');
  expect(status).toBe(0);
  const { data } = JSON.parse(stdout);
  expect(data).toMatchObject({ of: 'traces', a: { errors: 0 }, b: { errors: 3 } });
  expect(data.steps[data.first]).toMatchObject({ service: 'api', name: 'work' });
  expect((await run(good, failed, '--fail-on', 'failed')).status).toBe(1);
  expect((await run(failed, good, '--fail-on', 'failed')).status).toBe(0);
  expect((await run(good, failed, '--fail-on', 'changed')).status).toBe(1);
  expect((await run(good, good, '--fail-on', 'changed')).status).toBe(0);
});

test('a trace and a window, no such condition, no such flag: usage', async () => {
  expect((await run(good, '-1h')).status).toBe(2);
  expect((await run(good, failed, '--fail-on', 'odd')).status).toBe(2);
  expect((await run(good, failed, '--nonsense')).status).toBe(2);
});

test('rows for other programs: a step each', async () => {
  const { status, stdout } = await run(good, failed, '--format', 'csv');
  expect(status).toBe(0);
  const [titles = '', ...rows] = stdout.trim().split('\n');
  expect(titles).toMatch(/^changed,level,service,name,rank,countA,countB,errorsA,errorsB,msA,msB,/);
  expect(rows.filter((row) => row.includes(',api,work,'))).toHaveLength(1);
  const sides = await run('-1h/-1s', '-1s', '--format', 'csv');
  expect(sides.stdout).toMatch(/^changed,sure,service,operation,rank,waits,countA,/);
});

test('two cases: all of one with all of the other', async () => {
  const folder = temporaryFolder();
  const [a, b] = [join(folder, 'a.db'), join(folder, 'b.db')];
  const dump = written(folder, 'dump.json', smallDump());
  for (const db of [a, b]) await aidebug(['import', '--db', db, dump]);
  const { stdout } = await aidebug(['diff', a, b, '--format', 'json']);
  const { data } = JSON.parse(stdout);
  expect(data).toMatchObject({ of: 'windows', a: { name: a }, b: { name: b } });
  expect(data.a.requests).toBe(data.b.requests);
  expect(data.a.requests).toBeGreaterThan(0);
  for (const { changed, sure, deltaMs } of data.operations) {
    expect({ changed, sure, deltaMs }).toEqual({ changed: 'same', sure: false, deltaMs: 0 });
  }
  expect((await aidebug(['diff', a, 'baseline'])).status).toBe(2);
});
