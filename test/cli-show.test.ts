/** `aidebug show`: what the screens show, as text. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aidebug, smallDump, temporaryFolder, written } from './cli.ts';
import { widest } from './screens.ts';

async function caseOf(): Promise<string> {
  const folder = temporaryFolder();
  const db = join(folder, 'case.db');
  const dump = written(folder, 'dump.json', smallDump());
  expect((await aidebug(['import', '--db', db, dump])).status).toBe(0);
  return db;
}

test('a screen is text without escape codes, as wide as is asked for', async () => {
  const db = await caseOf();
  const { status, stdout } = await aidebug(['show', 'traces', '--db', db, '--size', '80x24']);
  expect(status).toBe(0);
  const lines = stdout.split('\n').slice(0, -1);
  expect(lines).toHaveLength(23);
  expect(widest(lines)).toBeLessThanOrEqual(80);
  expect(stdout).not.toContain('\x1b');
  expect(lines[1]).toContain('Traces]');
});

test('plain is ASCII; keys lead on', async () => {
  const db = await caseOf();
  const args = ['show', 'traces', '--db', db, '--plain', '--keys', 'enter enter'];
  const { status, stdout } = await aidebug(args);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^[\n -~]*$/);
  expect(stdout).toContain('service.name web');
});

test('no such screen, no such trace: usage', async () => {
  const db = await caseOf();
  expect(await aidebug(['show', 'nothing', '--db', db])).toMatchObject({ status: 2 });
  expect(await aidebug(['show', 'trace', '--db', db])).toMatchObject({ status: 2 });
  expect(await aidebug(['show', 'trace', 'ffff', '--db', db])).toMatchObject({ status: 2 });
});
