/**
 * Killed at any moment an import leaves the case as it was; run again, it ends.
 *
 *     npm run fuzz             50 kills
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { importDumps } from '../src/session.ts';
import { aidebug, smallDump, temporaryFolder, written } from './cli.ts';
import { ask } from './fixtures/store/dump.ts';

const runs = Number(process.env.KILL_RUNS ?? 3);
const program = fileURLToPath(new URL('../bin/aidebug.js', import.meta.url));

/** What a user can see of a case. */
const contents = (db: string) =>
  Promise.all(
    [
      'SELECT * FROM spans ORDER BY trace_id, span_id',
      'SELECT * FROM traces ORDER BY trace_id',
      'SELECT * FROM services ORDER BY service',
      'SELECT path, read, spans, duplicates FROM imports ORDER BY path',
    ].map((sql) => ask(db, sql)),
  );

test(`${runs} kills at random moments`, { timeout: 600_000 }, async () => {
  const folder = temporaryFolder();
  const first = written(folder, 'first.json', smallDump());
  const second = written(
    folder,
    'second.json',
    smallDump({ requests: 4_000, failed: 50, web: 'web2', api: 'api2' }),
  );
  const whole = join(folder, 'whole.db');
  await importDumps(whole, [first]);
  const before = await contents(whole);
  const from = Date.now();
  await aidebug(['--db', whole, 'import', second, '-q']);
  const usualMs = Date.now() - from;
  const after = await contents(whole);
  for (let run = 0; run < runs; run += 1) {
    const db = join(folder, `killed-${run}.db`);
    await importDumps(db, [first]);
    const child = spawn(process.execPath, [program, '--db', db, 'import', second, '-q']);
    // Spread over the whole import, and a little beyond its end.
    const wait = ((run + 0.5) / runs) * 1.1 * usualMs;
    setTimeout(() => child.kill('SIGKILL'), wait);
    await once(child, 'close');
    const left = await contents(db);
    expect([before, after]).toContainEqual(left);
    expect((await aidebug(['--db', db, 'import', second, '-q'])).status).toBe(0);
    expect(await contents(db)).toEqual(after);
    expect(existsSync(`${db}-journal`)).toBe(false);
  }
});
