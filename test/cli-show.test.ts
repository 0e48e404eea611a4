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

test('to explain no such service, or by no filter: usage', async () => {
  const db = await caseOf();
  const service = await aidebug(['show', 'explain', 'webb', '--db', db]);
  expect(service).toMatchObject({ status: 2, stdout: '' });
  expect(service.stderr).toContain('no service is called "webb"');
  const filter = await aidebug(['show', 'explain', 'dur>abc', '--db', db]);
  expect(filter).toMatchObject({ status: 2, stdout: '' });
  expect(filter.stderr).toContain('a duration has a unit');
});

test('the rows of a list whose filter is none: usage', async () => {
  const db = await caseOf();
  const keys = [...'/dur>abc', 'enter'].join(' ');
  const shown = ['show', 'traces', '--db', db, '--keys', keys];
  expect(await aidebug(shown)).toMatchObject({ status: 0 });
  const rows = await aidebug([...shown, '--format', 'csv']);
  expect(rows).toMatchObject({ status: 2, stdout: '' });
  expect(rows.stderr).toContain('a duration has a unit');
});

test('no such key: usage, with those that there are; nothing is shown', async () => {
  const db = await caseOf();
  const outcome = await aidebug(['show', 'traces', '--db', db, '--keys', 'j frobnicate ctrl-9']);
  expect(outcome).toMatchObject({ status: 2, stdout: '' });
  expect(outcome.stderr).toContain('no key is called "frobnicate", "ctrl-9"');
  expect(outcome.stderr).toContain('enter, escape, tab');
});

test('--format prints the rows of a list, as they are filtered and sorted', async () => {
  const db = await caseOf();
  const args = ['show', 'traces', '--db', db, '--format', 'json'];
  const { stdout, status } = await aidebug([...args, '--keys', '/ A P I enter G']);
  expect(status).toBe(0);
  const { kind, data } = JSON.parse(stdout);
  expect(kind).toBe('Screen');
  expect(data.rows).toHaveLength(20);
  expect(data.columns).toContain('traceId');
  const notes = await aidebug(['show', 'notes', '--db', db, '--format', 'jsonl']);
  expect(notes).toMatchObject({ status: 0, stdout: '' });
  const log = await aidebug(['show', 'trace', '1', '--db', db, '--format', 'csv']);
  expect(log.status).toBe(2);
  const wrong = await aidebug(['show', 'traces', '--db', db, '--format', 'xml']);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('text, json, jsonl, csv, md');
});

test('notes, and a metric by its name', async () => {
  const db = await caseOf();
  await aidebug(['note', 'add', 'the disk was full', '--db', db]);
  const { stdout } = await aidebug(['show', 'notes', '--db', db]);
  expect(stdout).toContain('the disk was full');
  const outcome = await aidebug(['show', 'metric', 'cpu', '--db', db]);
  expect(outcome.status).toBe(2);
  expect(outcome.stderr).toContain('no metric is called "cpu"');
  expect((await aidebug(['show', 'metric', '--db', db])).stderr).toContain('which metric?');
  expect((await aidebug(['show', 'traces', 'x', '--db', db])).stderr).toContain('takes no id');
});

test('--plain cuts no row, and has nothing side by side; --size says how wide', async () => {
  const db = await caseOf();
  const args = ['show', 'trace', '00000000000000000000000000000001', '--db', db, '--plain'];
  const wide = await aidebug(args);
  expect(widest(wide.stdout.split('\n'))).toBeGreaterThan(80);
  expect(wide.stdout).not.toContain(' | ');
  const narrow = await aidebug([...args, '--size', '80x24']);
  expect(widest(narrow.stdout.split('\n'))).toBeLessThanOrEqual(80);
});
